"""The role that makes certificates, on this machine: its files, who uses them, and their renewal."""

from __future__ import annotations

import json
import os
import re
import ssl
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.e2e.access import AN_AGENT_ALONE
from tests.e2e.agent_process import AgentProcess
from tests.e2e.test_web_access import ups, watching
from tests.e2e.waiting import wait_for

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 60.0
PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: authority}
      vars: {authority_name: "{{ item }}", authority_use: "{{ 'client' if item == 'monitor' else 'server' }}",
             authority_file: "{{ place }}/tls/{{ item }}.pem"}
      loop: [donor, monitor]
"""


class Roles:
    """The role with everything of its below one directory, on control node and host."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "play.yml").write_text(PLAY)

    def play(self, *options: str, **settings: Any) -> tuple[str, int]:
        """(all that it printed, changed tasks). `--diff` and `-vv` show all that can be shown."""
        ours = {
            "place": str(self.directory),
            "authority_directory": str(self.directory / "authority"),
            "authority_trust": str(self.directory / "tls/ca.pem"),
            "authority_owner": "root",
            "authority_addresses": ["127.0.0.1", "donor.example.org"],
        }
        command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local"]
        command += ["--diff", "-vv", "-e", json.dumps({**ours, **settings}), *options]
        command += ["-e", f"ansible_python_interpreter={sys.executable}", str(self.directory / "play.yml")]
        environment = {**os.environ, "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"), "LC_ALL": "C.UTF-8"}
        ran = subprocess.run(
            command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        (changed,) = re.findall(r"changed=(\d+)", ran.stdout.rpartition("PLAY RECAP")[2])
        return ran.stdout + ran.stderr, int(changed)

    def file(self, name: str) -> Path:
        return self.directory / "tls" / f"{name}.pem"

    def end_of(self, name: str) -> float:
        found = x509.load_pem_x509_certificate(self.file(name).read_bytes())
        return found.not_valid_after_utc.timestamp()


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Roles:
    return Roles(tmp_path_factory.mktemp("roles"))


def test_keys_are_for_their_owners_and_in_no_output_and_a_second_run_changes_nothing(roles: Roles) -> None:
    _, would = roles.play("--check")
    assert would > 0
    assert not (roles.directory / "authority").exists()
    output, changed = roles.play()
    assert changed > 0
    assert "PRIVATE KEY" not in output
    kept = [*(roles.directory / "authority").glob("*.pem"), roles.file("donor"), roles.file("monitor")]
    assert len(kept) == 6
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert stat.S_IMODE((roles.directory / "authority").stat().st_mode) == 0o700
    assert b"PRIVATE" not in roles.file("ca").read_bytes()
    assert roles.play()[1] == 0


def test_an_agent_and_its_prometheus_use_them_and_a_renewal_needs_no_restart(
    roles: Roles, agent: AgentProcess, tmp_path: Path
) -> None:
    if not roles.file("donor").exists():
        roles.play()
    own, shown, trusted = (str(roles.file(name)) for name in ("donor", "monitor", "ca"))
    web = {"tls_certificate_file": own, "tls_key_file": own, "tls_client_ca_file": trusted}
    agent.configure(**AN_AGENT_ALONE, web=web)
    agent.tls = ssl.create_default_context(cafile=trusted)
    agent.tls.load_cert_chain(shown)
    agent.start()
    files = {"ca_file": trusted, "cert_file": shown, "key_file": shown}
    a_donor_s = {"ca_file": trusted, "cert_file": own, "key_file": own}
    jobs: dict[str, dict[str, Any]] = {
        "monitor": {"scheme": "https", "tls_config": files},
        "donor": {"scheme": "https", "tls_config": a_donor_s},
    }
    with watching(tmp_path / "prometheus", agent, jobs) as prometheus:
        wait_for("both to have tried", lambda: ups(prometheus).keys() == jobs.keys(), PATIENCE)
        wait_for("the monitor to be answered", lambda: ups(prometheus)["monitor"], PATIENCE)
        assert not ups(prometheus)["donor"]
        before = roles.end_of("donor")
        assert roles.play(authority_renew=True, authority_days=30)[1] > 0
        assert roles.end_of("donor") < before
        in_force = "max_over_time(plancton_web_certificate_expiry_timestamp_seconds[2s])"
        wait_for(
            "a scrape that tells the end of the new certificate",
            lambda: any(series.last == roles.end_of("donor") for series in prometheus.now(in_force)),
            PATIENCE,
        )
        assert ups(prometheus)["monitor"]
