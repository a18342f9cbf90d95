"""The facility of this machine: its agent, asked through the control socket, and its pool's container."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import docker
import docker.errors
from docker.models.containers import Container

from plancton.cli.client import NoAgent, NotRunning, ask
from plancton.config.schema import Config

POOL = "plancton-htcondor-pool"
POOL_UID = 10002  # of the image; the role htcondor_image sets it
CLIENT_SECONDS = 60


class Trouble(Exception):
    """The demonstration cannot go on. The message is one sentence for people."""


@dataclass(frozen=True)
class Look:
    """What the agent tells at one moment; cores."""

    running: int
    frozen: int
    owner_cores: float
    cores: float
    mode: str
    sentence: str


def look() -> Look | None:
    """None where the agent cannot say just now. Raises Trouble where there is no agent."""
    try:
        told: dict[str, Any] = ask(Config(), "/status")
    except NotRunning as error:
        raise Trouble(f"no facility is up on this machine ({error}): run `make up` first") from None
    except NoAgent:
        return None
    states = [pilot["state"] for pilot in told["pilots"] or []]
    cpu = told["cpu"] or {"owner_cores": 0.0, "cores": 0.0}
    return Look(
        states.count("running"),
        states.count("frozen"),
        cpu["owner_cores"],
        cpu["cores"],
        told["mode"],
        told["sentence"],
    )


class Pool:
    """The pool's container; commands run in it as its own user."""

    def __init__(self, container: Container) -> None:
        self._container = container

    @classmethod
    def here(cls) -> Pool:
        """Raises Trouble where there is none, or it does not run."""
        try:
            container = docker.from_env(timeout=CLIENT_SECONDS).containers.get(POOL)
        except docker.errors.NotFound:
            raise Trouble("no pool is up on this machine: run `make up` first") from None
        except docker.errors.DockerException as error:
            raise Trouble(f"no facility is up on this machine ({error}): run `make up` first") from None
        if container.status != "running":
            raise Trouble(f"the pool's container {POOL} is {container.status}: run `make up` again")
        return cls(container)

    def run(self, *argv: str, environment: dict[str, str] | None = None) -> tuple[int, str]:
        """Exit status and all that was printed. Raises Trouble where the engine cannot run it."""
        try:
            status, told = self._container.exec_run(list(argv), environment=environment or {})
        except docker.errors.DockerException as error:
            raise Trouble(f"the pool cannot be asked: {error}") from None
        return (1 if status is None else status), (
            told if isinstance(told, bytes) else b"".join(told)
        ).decode(errors="replace")

    def put(self, folder: PurePosixPath, files: dict[str, bytes]) -> None:
        """A new folder with these files, for the pool's user alone."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            _add(tar, folder.name, tarfile.DIRTYPE, 0o700)
            for name, content in files.items():
                _add(tar, f"{folder.name}/{name}", tarfile.REGTYPE, 0o600, content)
        self._container.put_archive(str(folder.parent), archive.getvalue())

    def get(self, path: PurePosixPath) -> dict[str, str]:
        """The texts of a file, or of all files of a folder, by their names; none where it is not there."""
        try:
            stream, _ = self._container.get_archive(str(path))
        except docker.errors.NotFound:
            return {}
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as tar:
            files = [(entry, tar.extractfile(entry)) for entry in tar if entry.isreg()]
            return {PurePosixPath(e.name).name: f.read().decode(errors="replace") for e, f in files if f}


def _add(tar: tarfile.TarFile, name: str, kind: bytes, mode: int, data: bytes = b"") -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.size, entry.uid, entry.gid = kind, mode, len(data), POOL_UID, POOL_UID
    tar.addfile(entry, io.BytesIO(data))
