"""HTCondor's image goes from the pool's host by way of the control node to an engine without a network."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.e2e import htcondor_images
from tests.e2e.engine_process import EngineProcess
from tests.e2e.htcondor import PROFILE
from tests.e2e.roles_play import DONORS, play

pytestmark = pytest.mark.timeout(1800)  # the images may have to be made first, on a busy machine

NO_TOKEN = 77
PLAY = (
    DONORS
    + """\
    - ansible.builtin.include_role: {name: htcondor_image}
"""
)


class Fleet:
    """The pool's host `server` with this machine's engine, and the donor `pc` without a network."""

    def __init__(self, directory: Path, engine: EngineProcess) -> None:
        self.directory = directory
        self.cache = directory / "cache"
        self.image = htcondor_images.ensure().pilot
        self.server = docker.from_env(timeout=60)
        self.pc = docker.DockerClient(base_url=engine.url, timeout=60)
        self.inventory = f"[donors]\npc ansible_connection=local engine_socket={engine.socket}\n"
        self.inventory += "server ansible_connection=local\n[pools]\nserver\n"

    def play(self, **more: Any) -> subprocess.CompletedProcess[str]:
        settings = {
            "htcondor_image_sources": htcondor_images.sources(self.directory),
            "htcondor_image_directory": f"{self.directory}/{{{{ inventory_hostname }}}}",
            "htcondor_image_pilot": self.image,
            "debian_image_cache": str(self.cache),
            **more,
        }
        return play(self.directory, PLAY, self.inventory, settings)

    def archives(self) -> list[Path]:
        return sorted(self.cache.iterdir())

    def left(self) -> list[Path]:
        """Archives on the hosts."""
        return [path for host in ("pc", "server") for path in (self.directory / host).glob("*.tar.gz*")]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    # Not below `tmp_path`: the names of its sockets would be too long.
    engine = EngineProcess(Path(tempfile.mkdtemp(prefix="plancton-carried-")) / "engine")
    try:
        engine.start()
        fleet = Fleet(tmp_path, engine)
        yield fleet
        fleet.server.close()
        fleet.pc.close()
    finally:
        engine.clean_up()


def changes(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Host → what the recap says of it."""
    recap = done.stdout[done.stdout.index("PLAY RECAP") :].splitlines()[1:]
    return {line.split()[0]: line for line in recap if " changed=" in line}


def test_a_host_without_network_gets_the_image_once_and_a_pilot_starts(fleet: Fleet) -> None:
    fleet.cache.mkdir()
    name = fleet.image.replace("/", "-").replace(":", "-")
    older = fleet.cache / f"{name}-amd64-{'0' * 12}.{'0' * 64}.tar.gz"
    somebodys = fleet.cache / f"{name}-amd64-notes.tar.gz"
    for path in (older, somebodys):
        path.write_bytes(b"")

    first = fleet.play()
    assert first.returncode == 0, first.stdout + first.stderr
    carried, made = fleet.pc.images.get(fleet.image), fleet.server.images.get(fleet.image)
    assert carried.id == made.id  # a second one would have another date
    assert not older.exists()
    assert somebodys in fleet.archives()
    assert len(fleet.archives()) == 2
    assert fleet.left() == []

    again = fleet.play()
    assert [" changed=0 " in line for line in changes(again).values()] == [True, True], again.stdout

    pilot = fleet.pc.containers.run(
        fleet.image,
        detach=True,
        network="none",
        environment={"PLANCTON_CONDOR_HOST": "nowhere.example.org"},
        **PROFILE,
    )
    assert pilot.wait(timeout=60)["StatusCode"] == NO_TOKEN, pilot.logs()

    # The pool's host is asked no more: what the control node has serves the next one.
    pilot.remove()
    fleet.pc.images.remove(fleet.image)
    kept = [path.stat().st_mtime_ns for path in fleet.archives()]
    third = fleet.play()
    assert third.returncode == 0, third.stdout + third.stderr
    assert " changed=0 " in changes(third)["server"]
    assert fleet.pc.images.get(fleet.image).id == made.id
    assert [path.stat().st_mtime_ns for path in fleet.archives()] == kept
