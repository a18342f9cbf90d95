"""All that is wrong with a host is told at once, and nothing on it is changed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.nobody import NOBODY
from tests.unit.docker_server import Docker, listen

REPOSITORY = Path(__file__).parents[2]
HOST = (
    "ansible_connection=local agent_owners=\"['nobody-of-that-name']\" "
    "agent_config_pool=\"{'reserve_cores': 4000}\" prometheus_listen_address=127.0.0.1:%d"
)


def test_what_several_roles_find_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "inventory"
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        path.write_text(f"[donors]\na {HOST % somebody.getsockname()[1]}\n[monitors]\na\n")
        output = _play(path)
    closing = output.partition("What went wrong")[2]
    assert "agent_config_pool.reserve_cores is 4000, but this host has only" in closing, output
    assert "; agent_owners names nobody-of-that-name: this host has no such user" in closing
    assert "but another program on this host already listens there" in closing
    assert "changed=0" in output
    assert "PLAY [Roll out]" not in output


def test_an_engine_of_a_user_who_is_not_root_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    server = listen(Docker(), path)
    os.chown(path, NOBODY, NOBODY)
    (tmp_path / "inventory").write_text(f"[donors]\na ansible_connection=local engine_socket={path}\n")
    try:
        output = _play(tmp_path / "inventory")
    finally:
        server.shutdown()
        server.server_close()
    assert f"a: the engine on {path} is one without root, of the user {NOBODY}, which cannot put" in output
    assert "changed=0" in output


def _play(inventory: Path) -> str:
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        "-i",
        str(inventory),
        "ansible/site.yml",
    ]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stdout
