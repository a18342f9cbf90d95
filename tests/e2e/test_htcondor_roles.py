"""The roles on this machine, below a directory of their own: a pool, a donor with its token, nothing left."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.e2e import htcondor_images
from tests.e2e.htcondor import PILOT_UID, PROFILE, SYSCTLS
from tests.e2e.htcondor_inside import Inside
from tests.e2e.htcondor_queue import Queue
from tests.e2e.roles_play import play
from tests.e2e.waiting import free_port, wait_for

pytestmark = pytest.mark.timeout(1800)  # the images may have to be made first, on a busy machine

PLAY = """
- hosts: donors
  gather_facts: false
  tasks:
    - ansible.builtin.setup:
        gather_subset: ["!all", "!min", distribution, platform, python, service_mgr]
    - ansible.builtin.include_role: {name: htcondor_pool}
    - ansible.builtin.include_role: {name: htcondor_donor, tasks_from: settings.yml}
    - ansible.builtin.include_role: {name: htcondor_donor}
    - ansible.builtin.copy:
        content: "{{ agent_config_kinds | to_json }}"
        dest: "{{ told }}"
        mode: "0644"
"""


class Roles:
    """The roles with everything of theirs below one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.name = f"pt{uuid.uuid4().hex[:8]}"
        self.images = htcondor_images.ensure()
        self.port = free_port()
        self.script = directory / "builder/pool.py"
        self.tokens = directory / "settings/tokens"
        self.docker = docker.from_env(timeout=60)
        bridge = self.docker.networks.get("bridge").attrs["IPAM"]["Config"][0]
        # This machine, as a container on the bridge sees it.
        self.address = str(ip_network(bridge["Subnet"])[1])

    def play(self) -> subprocess.CompletedProcess[str]:
        settings = {
            "htcondor_image_sources": htcondor_images.sources(self.directory),
            "htcondor_image_directory": str(self.script.parent),
            "htcondor_pool_script_path": str(self.script),
            "htcondor_token_script": str(self.script),
            "htcondor_pool_name": self.name,
            "htcondor_token_container": self.name,
            "htcondor_pool_directory": str(self.directory / "settings"),
            "htcondor_donor_directory": str(self.directory / "settings"),
            "htcondor_pool_image": self.images.pool,
            "htcondor_donor_image": self.images.pilot,
            "htcondor_pool_address": self.address,
            "htcondor_pool_port": self.port,
            "htcondor_donor_network": "bridge",
            "htcondor_pool_users": ["alice"],
            "told": str(self.directory / "told"),
        }
        inventory = "[donors]\nhere ansible_connection=local\n[pools]\nhere\n"
        return play(self.directory, PLAY, inventory, settings)

    def kind(self) -> dict[str, Any]:
        """What the agent would be told of the kind."""
        kinds: dict[str, dict[str, Any]] = json.loads((self.directory / "told").read_text())
        return kinds["htcondor"]

    def remove(self) -> None:
        """By the script that the role `removal` uses."""
        command = [sys.executable, "-B", str(self.script), "remove", "--name", self.name]
        subprocess.run(command, check=True, timeout=120)


@pytest.fixture
def roles(tmp_path: Path) -> Iterator[Roles]:
    roles = Roles(tmp_path)
    try:
        yield roles
    finally:
        for container in roles.docker.containers.list(all=True, filters={"name": roles.name}):
            container.remove(force=True, v=True)
        if roles.script.exists():
            roles.remove()
        roles.docker.close()


def owner_and_mode(path: Path) -> tuple[int, str]:
    found = path.stat()
    return found.st_uid, oct(found.st_mode & 0o777)


def test_a_pool_and_a_donor_are_set_up_once_and_removed(roles: Roles) -> None:
    first = roles.play()
    assert first.returncode == 0, first.stdout + first.stderr
    again = roles.play()
    assert "changed=0 " in again.stdout, again.stdout

    token, users = roles.tokens / "pool", roles.directory / "settings/users"
    assert [owner_and_mode(path) for path in (roles.tokens, token)] == [
        (PILOT_UID, "0o700"),
        (PILOT_UID, "0o600"),
    ]
    assert [owner_and_mode(path) for path in (users, users / "alice")] == [(0, "0o700"), (0, "0o600")]
    secret = token.read_text().strip()
    assert secret.count(".") == 2
    assert not [part for part in secret.split(".") if part in first.stdout + first.stderr]

    kind = roles.kind()
    assert kind["drain_signal"] == "SIGUSR1"
    (mount,) = kind["mounts"]
    profile = {**PROFILE, "tmpfs": {**kind["tmpfs"], "/work": "rw,exec,size=64m"}, "user": kind["user"]}
    pilot = roles.docker.containers.run(
        kind["image"],
        detach=True,
        name=f"{roles.name}-pilot",
        network=kind["network"],
        environment=kind["environment"],
        volumes={mount["source"]: {"bind": mount["target"], "mode": "ro"}},
        **profile,
    )
    pool = roles.docker.containers.get(roles.name)
    who = ["condor_status", "-af", "AuthenticatedIdentity"]
    wait_for(
        lambda: f"the pilot's slot: {pilot.logs()!r}",
        lambda: pool.exec_run(who).output == b"pilot-here@plancton\n",
        60,
    )
    assert pool.attrs["HostConfig"]["Sysctls"] == SYSCTLS  # with which tests lose pilots
    # The pool calls back by the address that it has told: its own, from within.
    inside = Inside(pool)
    inside.let_submit((users / "alice").read_text().strip())
    queue = Queue(inside)
    # As from a machine whose HTCondor has its own default lease.
    job = queue.submit("echo ran on $PLANCTON_HOST", "job_lease_duration = 2400")
    queue.wait_until_done(job)
    assert queue.output(job) == f"ran on {pilot.short_id}\n"
    assert queue.job(job)["JobLeaseDuration"] == 90
    pilot.remove(force=True)

    roles.remove()
    assert roles.docker.containers.list(all=True, filters={"name": roles.name}) == []
    assert [volume.name for volume in roles.docker.volumes.list() if volume.name == roles.name] == []
