"""A real HTCondor pool in a container on a network of its own, and pilots that join it; names are unique."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container
from docker.types import Ulimit

from tests.e2e import htcondor_images
from tests.e2e.htcondor_images import Images
from tests.e2e.htcondor_inside import Inside
from tests.e2e.htcondor_queue import Queue
from tests.e2e.waiting import wait_for

PILOT_UID = 10001
POOL_UID = 10002
# Short, so that the tests are: what a site has is in the role htcondor_pool.
LEASE_SECONDS = 50
# What HTCondor makes of it.
HTCONDOR_LEASE_SECONDS = 20
# The role gives them to a pool in a network of its own.
SYSCTLS = {"net.ipv4.tcp_keepalive_intvl": "2", "net.ipv4.tcp_retries2": "5"}
SETTINGS = f"""
LEASE_SECONDS = {LEASE_SECONDS}
NEGOTIATOR_INTERVAL = 2
NEGOTIATOR_CYCLE_DELAY = 1
NEGOTIATOR_MIN_INTERVAL = 1
SCHEDD_INTERVAL = 3
"""
# What the agent gives to a pilot, as `docker run` would.
PROFILE: dict[str, Any] = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "read_only": True,
    "tmpfs": {"/tmp": "rw,exec,nosuid,nodev,size=64m", "/work": "rw,exec,nosuid,nodev,size=64m"},  # noqa: S108
    "mem_limit": "512m",
    "pids_limit": 512,
    "user": f"{PILOT_UID}:{PILOT_UID}",
    "ulimits": [Ulimit(name="core", soft=0, hard=0)],
}


class Pool:
    """Central manager and access point. A user `alice` submits; pilots have tokens of their own."""

    def __init__(self, images: Images, directory: Path, settings: str = SETTINGS) -> None:
        self.name = f"pt{uuid.uuid4().hex[:8]}"
        self.images = images
        self.tokens = directory / "tokens"
        self.docker = docker.from_env(timeout=120)
        self.network = self.docker.networks.create(self.name)
        self.volume = self.docker.volumes.create(self.name)
        folder = directory / "settings"
        folder.mkdir()
        (folder / "test.conf").write_text(settings)
        self.container: Container = self.docker.containers.create(
            images.pool,
            name=self.name,
            hostname=self.name,
            network=self.name,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            read_only=True,
            sysctls=SYSCTLS,
            tmpfs={"/tmp": "rw,exec"},  # noqa: S108
            volumes={
                self.name: {"bind": "/pool-data"},
                str(folder): {"bind": "/pool-config", "mode": "ro"},
            },
        )
        self.inside = Inside(self.container)
        self.run, self.shell = self.inside.run, self.inside.shell
        self.queue = Queue(self.inside)

    def start(self) -> None:
        """It answers when this returns, and knows alice and the pilots."""
        self.container.start()
        self._wait_until_up()
        self.write_token(
            self.tokens, self.token("pilot-test", "ADVERTISE_STARTD", "ADVERTISE_MASTER", "READ")
        )
        self.inside.let_submit(self.token("alice", "READ", "WRITE"))

    def restart(self) -> None:
        """As after a power cut: nothing is said to anybody, and only what is on disk is left."""
        self.container.kill()
        self.container.start()
        self._wait_until_up()

    def _wait_until_up(self) -> None:
        found = ("condor_status", "-any", "-af", "MyType")
        wait_for("the pool", lambda: "Scheduler" in self.run(*found, check=False), 120, pause=0.3)

    def token(self, user: str, *rights: str, key_directory: str = "/pool-data/keys") -> str:
        """A token of an hour."""
        command = ["condor_token_create", "-identity", f"{user}@plancton", "-lifetime", "3600"]
        command += [word for right in rights for word in ("-authz", right)]
        return self.run(*command, environment={"_CONDOR_SEC_PASSWORD_DIRECTORY": key_directory})

    def foreign_token(self) -> str:
        """One that another pool has signed."""
        self.shell("umask 077; mkdir -p /tmp/foreign; head -c 64 /dev/urandom >/tmp/foreign/POOL")
        return self.token("pilot-test", key_directory="/tmp/foreign")  # noqa: S108 - the container's own

    @staticmethod
    def write_token(directory: Path, token: str) -> None:
        """As the role does it: for the pilot's user and nobody else."""
        directory.mkdir(mode=0o700, exist_ok=True)
        file = directory / "pool"
        file.touch(mode=0o600)
        file.write_text(token)
        for path in (directory, file):
            os.chown(path, PILOT_UID, PILOT_UID)

    def slots(self, constraint: str = "true") -> list[dict[str, Any]]:
        text = self.run("condor_status", "-json", "-constraint", constraint).strip()
        return list(json.loads(text)) if text else []

    def pilot(self, host: str, *, tokens: Path | None = None, **environment: str) -> Container:
        """A pilot as the agent would start it, on a donor called `host`."""
        variables = {
            "PLANCTON_CONDOR_HOST": self.name,
            "PLANCTON_HOST": host,
            "PLANCTON_STOP_GRACE_SECONDS": "20",
            "PLANCTON_UPDATE_SECONDS": "3",
            "PLANCTON_IDLE_EXIT_SECONDS": "120",
            **environment,
        }
        pilot: Container = self.docker.containers.run(
            self.images.pilot,
            detach=True,
            name=f"{self.name}-{uuid.uuid4().hex[:6]}",
            network=self.name,
            environment=variables,
            volumes={str(tokens or self.tokens): {"bind": "/tokens", "mode": "ro"}},
            **PROFILE,
        )
        return pilot

    def exit_code(self, pilot: Container, seconds: float = 120) -> int:
        """How a pilot ended."""
        code: int = pilot.wait(timeout=seconds)["StatusCode"]
        print(f"pilot ended with {code}: {pilot.logs().decode()}")
        return code

    def clean_up(self) -> None:
        """Leave nothing."""
        for container in self.docker.containers.list(all=True, filters={"network": self.name}):
            with contextlib.suppress(docker.errors.DockerException):
                container.remove(force=True, v=True)
        for container in self.docker.containers.list(all=True, filters={"name": self.name}):
            with contextlib.suppress(docker.errors.DockerException):
                container.remove(force=True, v=True)
        self.volume.remove(force=True)
        self.network.remove()
        self.docker.close()


@contextlib.contextmanager
def running_pool(directory: Path) -> Iterator[Pool]:
    """One that answers, for as long as the block lasts."""
    pool = Pool(htcondor_images.ensure(), directory)
    try:
        pool.start()
        yield pool
    finally:
        pool.clean_up()
