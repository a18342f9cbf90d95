"""A wrong inventory is refused in a sentence with its file and host, before any host is contacted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
# A port of the loopback where nobody listens: contacting it would be told as "unreachable".
NOWHERE = "ansible_host=127.0.0.1 ansible_port=1"
LOCAL = "ansible_connection=local"


@pytest.mark.parametrize(
    ("inventory", "says"),
    [
        ("[donors]\n[monitors]\nm " + NOWHERE, "the group donors has no host"),
        (f"[donors]\na {NOWHERE}\nb {NOWHERE}", "a and b are the same host (127.0.0.1:1)"),
        (
            "[donors]\na ansible_connection=local\nb ansible_connection=local",
            "are the same host (this machine)",
        ),
        (f"[donors]\na {NOWHERE}\na {NOWHERE}", "a is twice in [donors]"),
        (f"[donors]\na {NOWHERE} agent_ownrs=['eve']", "a: agent_ownrs is not a known variable"),
        (
            f"[donors]\na {NOWHERE}\n[donors:vars]\nagent_config_pool={{'max_pilot': 3}}",
            "agent_config_pool.max_pilot is not a known key; did you mean max_pilots?",
        ),
        (
            f"[donors]\na {NOWHERE}\n[donors:vars]\nagent_config_web={{'listen_address': 'everywhere'}}",
            "agent_config_web.listen_address must be an address",
        ),
    ],
)
def test_it_is_refused_and_nothing_is_contacted(tmp_path: Path, inventory: str, says: str) -> None:
    path = tmp_path / "inventory"
    path.write_text(inventory + "\n")
    refused = _play(path)
    output = " ".join((refused.stdout + refused.stderr).split())
    assert refused.returncode == 2, output
    assert says in output
    assert str(path) in output
    assert "UNREACHABLE" not in output
    assert "changed=0" in output or "changed=" not in output


def test_a_setting_that_is_impossible_on_this_machine_only_is_fine_for_another(tmp_path: Path) -> None:
    path = tmp_path / "inventory"
    path.write_text(f"[donors]\na {NOWHERE} agent_config_pool=\"{{'reserve_cores': 4000}}\"\n")
    output = _play(path).stdout
    assert "reserve_cores" not in output
    assert "UNREACHABLE" in output or "unreachable=1" in output


def _play(inventory: Path) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        "-i",
        str(inventory),
        "ansible/site.yml",
    ]
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
        "ANSIBLE_TIMEOUT": "3",
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
