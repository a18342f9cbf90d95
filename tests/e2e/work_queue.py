"""A real manager in a container on a network of its own, and pilots that work for it; names are unique."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from tests.e2e import work_queue_images
from tests.e2e.htcondor import PILOT_UID, PROFILE
from tests.e2e.waiting import wait_for

SCRIPT = Path(__file__).with_name("work_queue_script.py")
PORT = 9123
# A task that runs until the test lets it end, however slow the machine is.
UNTIL_TOLD = "hostname; until [ -e /tmp/told ]; do sleep 0.5; done; echo done"


def write_password(directory: Path, password: str) -> Path:
    """As the role does it: for the pilots' user and nobody else."""
    directory.mkdir(mode=0o700, exist_ok=True)
    file = directory / "password"
    file.touch(mode=0o600)
    file.write_text(password)
    for path in (directory, file):
        os.chown(path, PILOT_UID, PILOT_UID)
    return directory


class Facility:
    """Managers and pilots of one test, on one network."""

    def __init__(self, directory: Path) -> None:
        work_queue_images.ensure()
        self.name = f"pt{uuid.uuid4().hex[:8]}"
        self.docker = docker.from_env(timeout=120)
        self.network = self.docker.networks.create(self.name)
        self.secret = write_password(directory / "secret", "let me in\n")
        history = ["-H", "/tmp"]  # noqa: S108
        self.catalog = self.run(work_queue_images.MANAGER, command=["catalog_server", *history], user="10003")

    def manager(self, system: str, tasks: int, command: str, *project: str) -> Container:
        """A manager with so many tasks of one command; it listens when this returns."""
        manager = self.run(
            work_queue_images.MANAGER,
            command=["python3", "/script.py", system, "/secret/password", str(tasks), command, *project],
            environment={"CATALOG_HOST": str(self.catalog.name)},
            user=f"{PILOT_UID}",
            tmpfs={"/tmp": "rw"},  # noqa: S108
            volumes={
                str(SCRIPT): {"bind": "/script.py", "mode": "ro"},
                str(self.secret): {"bind": "/secret", "mode": "ro"},
            },
        )
        wait_for(lambda: f"the manager: {manager.logs()!r}", lambda: b"listens" in manager.logs(), 120)
        return manager

    def pilot(self, manager: Container | str, secret: Path | None = None, /, **environment: str) -> Container:
        """A pilot as the agent would start it, for a manager or for one at an address."""
        told = {
            "PLANCTON_MANAGER": manager if isinstance(manager, str) else f"{manager.name}:{PORT}",
            "PLANCTON_PASSWORD_FILE": "/secret/password",
            "PLANCTON_STOP_GRACE_SECONDS": "20",
            **environment,
        }
        volumes = {str(secret or self.secret): {"bind": "/secret", "mode": "ro"}}
        return self.run(work_queue_images.WORKER, environment=told, volumes=volumes, **PROFILE)

    def run(self, image: str, **options: Any) -> Container:
        """Any container on that network, with a name of its own."""
        name = f"{self.name}-{uuid.uuid4().hex[:6]}"
        container: Container = self.docker.containers.run(
            image, detach=True, name=name, hostname=name, network=self.name, **options
        )
        return container

    def clean_up(self) -> None:
        """Leave nothing."""
        for container in self.docker.containers.list(all=True, filters={"name": self.name}):
            print(container.name, container.logs().decode()[-2000:])
            with contextlib.suppress(docker.errors.DockerException):
                container.remove(force=True, v=True)
        self.network.remove()
        self.docker.close()


def results(manager: Container, seconds: float = 120) -> list[str]:
    """What each task printed, once the manager has all of them and has ended."""
    assert manager.wait(timeout=seconds)["StatusCode"] == 0, manager.logs().decode()
    lines = manager.logs(stderr=False).decode().splitlines()
    assert "all done" in lines
    return [str(json.loads(line)) for line in lines if line.startswith('"')]


def exit_code(pilot: Container, seconds: float = 120) -> int:
    """How a pilot ended."""
    code: int = pilot.wait(timeout=seconds)["StatusCode"]
    return code


def wait_until_it_works(pilot: Container) -> None:
    """A task that waits to be told runs in it."""

    def works() -> bool:
        return any("until" in " ".join(process) for process in pilot.top()["Processes"])

    wait_for(lambda: f"a task in the pilot: {pilot.logs()!r}", works, 120)


def tell_the_task(pilot: Container) -> None:
    """Its task may end."""
    assert pilot.exec_run(["touch", "/tmp/told"]).exit_code == 0  # noqa: S108
