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
NOWHERE_ELSE = "ansible_host=127.0.0.1 ansible_port=2"
SEVEN = "".join(f"a{number} ansible_port={number}\n" for number in range(1, 8))
LISTENS = "agent_config_web=\"{{'listen_address': '{}'}}\""
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
            f"[donors]\na {NOWHERE}\n[pools]\na\nb {NOWHERE_ELSE}",
            "the group pools has 2 hosts (a, b): there can be one pool",
        ),
        (
            f"[donors]\na {NOWHERE}\n[pools]\nb {LOCAL}",
            "htcondor_pool_address is not set for b, which is this machine",
        ),
        (
            f"[donors]\na {NOWHERE}\n[pools]\na htcondor_pool_lease=60",
            "a: htcondor_pool_lease is not a known variable",
        ),
        (
            f"[donors]\na {NOWHERE} work_queue_donor_manager=here",
            "a: work_queue_donor_manager must be host:port, not here",
        ),
        (
            f"[donors]\na {NOWHERE} work_queue_donor_manager=here:1 work_queue_donor_project=p",
            "a: work_queue_donor_manager and work_queue_donor_project are both set",
        ),
        (
            f"[donors]\na {NOWHERE} work_queue_donor_project=p work_queue_donor_password_file=/nowhere",
            "a: work_queue_donor_password_file must be the absolute path of a file here, not /nowhere",
        ),
        (
            f"[donors]\na {NOWHERE}\n[donors:vars]\nagent_config_pool={{'max_pilot': 3}}",
            "agent_config_pool.max_pilot is not a known key; did you mean max_pilots?",
        ),
        (
            f"[donors]\na {NOWHERE}\n[donors:vars]\nagent_config_kinds={{'alice': {{'imag': 'x'}}}}",
            "agent_config_kinds.alice.imag is not a known key; did you mean image?",
        ),
        (
            f"[donors]\na {NOWHERE}\n[donors:vars]\nagent_config_web={{'listen_address': 'everywhere'}}",
            "agent_config_web.listen_address must be an address",
        ),
        (
            f"[donors]\na {NOWHERE}\n[monitors]\nm {NOWHERE_ELSE}",
            "a: agent_config_web.listen_address is 127.0.0.1:10016, which the monitor m, being another",
        ),
        (
            f"[donors]\na {NOWHERE} {LISTENS.format('[::1]:10016')}\n[monitors]\na\nm {NOWHERE_ELSE}",
            "a: agent_config_web.listen_address is [::1]:10016, which the monitor m, being another machine",
        ),
        (
            f"[donors]\n{SEVEN}[monitors]\nm {LOCAL}",
            "a1, a2, a3, a4, a5 and 2 more: agent_config_web.listen_address is",
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


@pytest.mark.parametrize(
    ("inventory", "key"),
    [
        (f"[donors]\na {NOWHERE} agent_config_pool=\"{{'reserve_cores': 4000}}\"", "reserve_cores"),
        (f"[donors]\na {NOWHERE}\n[monitors]\na", "listen_address"),
        (
            f"[donors]\na {NOWHERE} {LISTENS.format(':10016')}\n[monitors]\nm {NOWHERE_ELSE}",
            "listen_address",
        ),
        (
            f"[donors]\na {NOWHERE} agent_scrape_address=192.0.2.1:10016\n[monitors]\nm {NOWHERE_ELSE}",
            "listen_address",
        ),
    ],
    ids=["impossible on this machine only", "its own monitor", "seen from afar", "another way to it"],
)
def test_it_is_accepted(tmp_path: Path, inventory: str, key: str) -> None:
    path = tmp_path / "inventory"
    path.write_text(inventory + "\n")
    output = _play(path).stdout
    assert key not in output
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
