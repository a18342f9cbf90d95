"""The inventory that the documentation shows is one that the playbook takes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.unit import loaded

REPOSITORY = Path(__file__).parents[2]
INSTITUTE = "docs/examples/institute.ini"
# No host of it is asked for, not even its name.
NOWHERE = "ansible_ssh_common_args='-o ProxyCommand=false'"
LOST = re.compile(r"^(\S+\.example\.org)\s.*unreachable=1\s+failed=0 ", re.MULTILINE)


def test_inventory_and_settings_are_accepted_and_only_then_hosts_are_contacted() -> None:
    output = _run("ansible-playbook", "-e", NOWHERE, "ansible/site.yml")
    assert len(set(LOST.findall(output))) == 10, output
    assert "failed=1" not in output, output


def test_one_host_of_each_kind_gets_a_release_before_the_others() -> None:
    told: dict[str, Any] = json.loads(_run("ansible-inventory", "--list"))
    donors = [name for group in ("desktops", "lab", "farm") for name in told[group]["hosts"]]
    plan = loaded.plugin("rollout").rollout_waves(donors, told["canaries"]["hosts"], None)
    assert plan[0] == ["pc01.example.org", "lab01.example.org", "node01.example.org"]
    assert [len(wave) for wave in plan] == [3, 6]


def _run(program: str, *words: str) -> str:
    command = [str(Path(sys.executable).with_name(program)), "-i", INSTITUTE, *words]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    return done.stdout
