"""The roles on this machine, below a directory of their own: a pool, a donor with its token, nothing left.

The tests are one story, in the order of the file.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from http.client import OK, HTTPConnection, HTTPException
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml
from docker.models.containers import Container

from tests.e2e import htcondor_images
from tests.e2e.htcondor import PILOT_UID, PROFILE, SYSCTLS
from tests.e2e.htcondor_inside import Inside
from tests.e2e.htcondor_queue import Queue
from tests.e2e.roles_play import DONORS, REPOSITORY, play, run_playbook
from tests.e2e.waiting import free_port, wait_for

pytestmark = pytest.mark.timeout(1800)  # the images may have to be made first, on a busy machine

PLAY = (
    DONORS
    + """\
    - ansible.builtin.include_role: {name: htcondor_pool}
    - ansible.builtin.include_role: {name: htcondor_demand}
    - ansible.builtin.include_role: {name: htcondor_donor, tasks_from: settings.yml}
    - ansible.builtin.include_role: {name: htcondor_donor}
    - ansible.builtin.copy:
        content: "{{ agent_config_kinds | to_json }}"
        dest: "{{ told }}"
        mode: "0644"
"""
)
NO_DEMAND = DONORS + "    - ansible.builtin.include_role: {name: removal, tasks_from: services.yml}\n"
# What a host asks for pilots of a core and 2 GiB.
QUESTION = "/demand?who=0123456789abcdef&cpus=1&memory=2147483648&coming=0&most=4"
HTTP = f"GET {QUESTION} HTTP/1.0\\r\\n\\r\\n"
# The exit code of a pilot whose token is of no use.
REFUSED = 77
# A job that waits for it is ended by whoever makes it.
GO = "/work/go"
INVENTORY = "[donors]\nhere ansible_connection=local\n[pools]\nhere\n"
# Nobody listens there.
AWAY = "[donors]\nhere ansible_connection=local\n[pools]\nthere ansible_host=127.0.0.1 ansible_port=1\n"
NO_ARCHIVE = "deb file:/nowhere trixie main"


class Roles:
    """The roles with everything of theirs below one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.name = f"pt{uuid.uuid4().hex[:8]}"
        self.images = htcondor_images.ensure()
        self.port, self.demand_port = free_port(), free_port()
        self.script = directory / "builder/pool.py"
        self.tokens, self.users = directory / "settings/tokens", directory / "settings/users"
        self.token = self.tokens / "pool"
        self.docker = docker.from_env(timeout=60)
        # Where the roles find what they have in common.
        (directory / "templates").symlink_to(REPOSITORY / "ansible/templates")
        bridge = self.docker.networks.get("bridge").attrs["IPAM"]["Config"][0]
        # This machine, as a container on the bridge sees it.
        self.address = str(ip_network(bridge["Subnet"])[1])

    def play(self, text: str = PLAY) -> subprocess.CompletedProcess[str]:
        return play(self.directory, text, INVENTORY, self._settings())

    def roll_out(self, inventory: str, playbook: str = "site", **more: Any) -> str:
        """By the playbook of the whole facility, but nothing that is not of HTCondor; all that it printed."""
        settings = {**self._settings(), "htcondor_demand_run": False, **more}
        path = self._playbooks() / f"{playbook}.yml"
        done = run_playbook(self.directory, path, inventory, settings, "--tags", "htcondor,status")
        return " ".join(done.stdout.split())

    def _playbooks(self) -> Path:
        """Those of the project, but for the look at the inventory: it refuses the settings of a test."""
        folder = self.directory / "ansible"
        if not folder.exists():
            folder.mkdir()
            for path in (REPOSITORY / "ansible").iterdir():
                (folder / path.name).symlink_to(path)
            site = folder / "site.yml"
            look, *plays = yaml.safe_load(site.read_text())
            assert look["name"] == "Look at the inventory"
            site.unlink()
            site.write_text(yaml.safe_dump(plays))
        return folder

    def rotate(self) -> subprocess.CompletedProcess[str]:
        """By the operator's own play, with the pool's key."""
        settings = {**self._settings(), "rotate_keys": True}
        return run_playbook(self.directory, REPOSITORY / "ansible/rotate.yml", INVENTORY, settings)

    def _settings(self) -> dict[str, Any]:
        return {
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
            "htcondor_demand_run": True,
            "htcondor_demand_service": self.name,
            "htcondor_demand_port": self.demand_port,
            "htcondor_demand_program": str(self.directory / "demand.pyz"),
            "htcondor_demand_packed": str(self.directory / "packed/demand.pyz"),
            "removal_services": [self.name],
            "told": str(self.directory / "told"),
        }

    def kind(self) -> dict[str, Any]:
        """What the agent would be told of the kind."""
        kinds: dict[str, dict[str, Any]] = json.loads((self.directory / "told").read_text())
        return kinds["htcondor"]

    def start_pilot(self, name: str, tokens: Path | None = None) -> Container:
        """As the agent would, with other tokens if need be."""
        kind = self.kind()
        (mount,) = kind["mounts"]
        source = str(tokens or mount["source"])
        profile = {**PROFILE, "tmpfs": {**kind["tmpfs"], "/work": "rw,exec,size=64m"}, "user": kind["user"]}
        return self.docker.containers.run(
            kind["image"],
            detach=True,
            name=f"{self.name}-{name}",
            network=kind["network"],
            environment=kind["environment"],
            volumes={source: {"bind": mount["target"], "mode": "ro"}},
            **profile,
        )

    @property
    def pool(self) -> Container:
        return self.docker.containers.get(self.name)

    @property
    def queue(self) -> Queue:
        """With alice's token as it is now. The pool calls back by its own address: from within."""
        inside = Inside(self.pool)
        inside.let_submit((self.users / "alice").read_text().strip())
        return Queue(inside)

    def demand(self) -> dict[str, int]:
        """What a host is told; nothing while the service does not know the pool."""
        try:
            connection = HTTPConnection(self.address, self.demand_port, timeout=10)
            connection.request("GET", QUESTION)
            answer = connection.getresponse()
            told: dict[str, int] = json.load(answer) if answer.status == OK else {}
        except (OSError, HTTPException):
            return {}
        return told

    def service_files(self) -> list[Path]:
        """By which this machine starts the service."""
        places = ("/etc/init.d", "/etc/systemd/system", "/etc/rc2.d", "/run")
        return [path for place in places for path in Path(place).glob(f"*{self.name}*")]

    def remove(self) -> None:
        """By the script that the role `removal` uses."""
        command = [sys.executable, "-B", str(self.script), "remove", "--name", self.name]
        subprocess.run(command, check=True, timeout=120)


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    roles = Roles(tmp_path_factory.mktemp("roles"))
    try:
        yield roles
    finally:
        for container in roles.docker.containers.list(all=True, filters={"name": roles.name}):
            container.remove(force=True, v=True)
        if roles.service_files():
            roles.play(NO_DEMAND)
        if roles.script.exists():
            roles.remove()
        Path(f"/var/log/{roles.name}.log").unlink(missing_ok=True)
        roles.docker.close()


def recap(told: str, host: str) -> dict[str, int]:
    """What a run says of a host at its end."""
    words = told.rpartition("PLAY RECAP")[2].partition(f" {host} : ")[2].split()
    counts = dict(word.split("=") for word in words[:7])
    return {name: int(counts[name]) for name in ("changed", "unreachable", "failed")}


def owner_and_mode(path: Path) -> tuple[int, str]:
    found = path.stat()
    return found.st_uid, oct(found.st_mode & 0o777)


def test_a_pool_and_a_donor_are_set_up_once(roles: Roles) -> None:
    first = roles.play()
    assert first.returncode == 0, first.stdout + first.stderr
    again = roles.play()
    assert "changed=0 " in again.stdout, again.stdout
    assert [owner_and_mode(path) for path in (roles.tokens, roles.token)] == [
        (PILOT_UID, "0o700"),
        (PILOT_UID, "0o600"),
    ]
    alice = roles.users / "alice"
    assert [owner_and_mode(path) for path in (roles.users, alice)] == [(0, "0o700"), (0, "0o600")]
    secret = roles.token.read_text().strip()
    assert secret.count(".") == 2
    assert not [part for part in secret.split(".") if part in first.stdout + first.stderr]
    assert roles.kind()["drain_signal"] == "SIGUSR1"


def test_donors_are_told_what_waits_and_nobody_else_is(roles: Roles) -> None:
    assert roles.kind()["demand_url"] == f"http://{roles.address}:{roles.demand_port}"
    wait_for("the pool is known", lambda: roles.demand() == {"idle": 0, "granted": 0}, 90)
    job = roles.queue.submit("echo ran")
    wait_for("the job is told", lambda: roles.demand() == {"idle": 1, "granted": 1}, 90)
    # A container of this machine is no donor: it is heard no further.
    ask = (
        f"exec 3<>/dev/tcp/{roles.address}/{roles.demand_port}; echo connected; printf '{HTTP}' >&3; cat <&3"
    )
    told = roles.queue.run("bash", "-c", ask, check=False)
    assert told.startswith("connected\n")
    assert "idle" not in told
    assert roles.pool.exec_run(["condor_rm", str(job)]).exit_code == 0


def test_a_pilot_runs_a_job_with_its_token(roles: Roles) -> None:
    pilot = roles.start_pilot("first")
    who = ["condor_status", "-af", "AuthenticatedIdentity"]
    wait_for(
        lambda: f"the pilot's slot: {pilot.logs()!r}",
        lambda: roles.pool.exec_run(who).output == b"pilot-here@plancton\n",
        60,
    )
    assert roles.pool.attrs["HostConfig"]["Sysctls"] == SYSCTLS  # with which tests lose pilots
    queue = roles.queue
    # As from a machine whose HTCondor has its own default lease.
    job = queue.submit("echo ran on $PLANCTON_HOST", "job_lease_duration = 2400")
    queue.wait_until_done(job)
    assert queue.output(job) == f"ran on {pilot.short_id}\n"
    assert queue.job(job)["JobLeaseDuration"] == 90
    pilot.remove(force=True)


def test_tokens_and_the_pools_key_are_made_anew_while_a_job_runs(roles: Roles) -> None:
    former, secret = roles.directory / "former", roles.token.read_text()
    shutil.copytree(roles.tokens, former)
    for path in (former, former / "pool"):
        os.chown(path, PILOT_UID, PILOT_UID)
    pilot, queue = roles.start_pilot("second"), roles.queue
    job = queue.submit(f"while [ ! -e {GO} ]; do sleep 1; done; echo went on")
    queue.wait_until_runs(job)

    rotated = roles.rotate()
    assert rotated.returncode == 0, rotated.stdout + rotated.stderr
    for said in ("1 of 1 tokens of donors", "tokens of before are invalid: the pool has another key"):
        assert said in rotated.stdout
    assert roles.token.read_text() != secret
    assert owner_and_mode(roles.token) == (PILOT_UID, "0o600")

    assert pilot.exec_run(["touch", GO]).exit_code == 0
    queue = roles.queue
    queue.wait_until_done(job)
    assert (queue.output(job), queue.events(job).count("001")) == ("went on\n", 1)
    refused = roles.start_pilot("refused", former)
    assert refused.wait(timeout=120)["StatusCode"] == REFUSED, refused.logs()
    next_pilot, next_job = roles.start_pilot("third"), queue.submit("echo ran")
    queue.wait_until_done(next_job)
    for container in (pilot, refused, next_pilot):
        container.remove(force=True)


def test_a_pool_that_cannot_be_reached_changes_nothing_for_a_donor_with_a_token(roles: Roles) -> None:
    secret, since = roles.token.read_text(), roles.token.stat().st_mtime_ns
    told = roles.roll_out(AWAY)
    assert recap(told, "there") == {"changed": 0, "unreachable": 1, "failed": 0}, told
    assert recap(told, "here") == {"changed": 0, "unreachable": 0, "failed": 0}, told
    assert "there: cannot be reached" in told
    assert "HTCondor's pilots wait" not in told
    for summary in (told, roles.roll_out(AWAY, "status")):
        assert "Donors agents answer on " in summary
        assert "HTCondor pool there: does not answer" in summary
    assert (roles.token.read_text(), roles.token.stat().st_mtime_ns) == (secret, since)


def test_a_donor_that_comes_while_the_pool_is_away_is_told_what_it_lacks(roles: Roles) -> None:
    """Also where nobody but the pool's host could have made the image."""
    roles.token.unlink()
    image = f"{roles.name}:none"
    told = roles.roll_out(AWAY, htcondor_donor_image=image, htcondor_image_sources=[NO_ARCHIVE])
    assert recap(told, "here")["failed"] == 0, told
    assert "here: HTCondor's pilots wait for an image, which a later run brings: " in told
    wait = "here: HTCondor's pilots wait for a token, which a later run brings: "
    none = "the pool on there cannot be asked for a token of pilot-here@plancton: it is not there in this run"
    assert wait + none in told


def test_a_pool_that_fails_ends_nothing_on_its_own_host_and_the_next_run_heals_it(roles: Roles) -> None:
    roles.pool.stop(timeout=1)
    with socket.create_server(("", roles.port)):
        told = roles.roll_out(INVENTORY)
    assert recap(told, "here")["failed"] == 1, told
    assert "here: there is no pool: the engine refused POST /containers/" in told
    assert "here: HTCondor's pilots wait for a token, which a later run brings: " in told
    assert not roles.token.exists()
    told = roles.roll_out(INVENTORY)
    assert recap(told, "here")["failed"] == 0, told
    assert owner_and_mode(roles.token) == (PILOT_UID, "0o600")


def test_nothing_of_it_is_left(roles: Roles) -> None:
    assert roles.service_files() != []
    removed = roles.play(NO_DEMAND)
    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert roles.service_files() == []
    assert roles.demand() == {}
    roles.remove()
    assert roles.docker.containers.list(all=True, filters={"name": roles.name}) == []
    assert [volume.name for volume in roles.docker.volumes.list() if volume.name == roles.name] == []
