"""What the real engine cannot be made to do in a test: change its version, or its owner's images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plancton.engine.base import Unreachable
from plancton.engine.docker_engine import DockerEngine
from tests.unit.docker_server import Docker, listen

IMAGE = "registry/pilot:1"


@pytest.fixture
def docker() -> Docker:
    return Docker(names={IMAGE: "old"}, images={"old"}, pulled="new")


@pytest.fixture
def engine(docker: Docker, tmp_path: Path) -> Iterator[DockerEngine]:
    server = listen(docker, tmp_path / "docker.sock")
    yield DockerEngine(f"unix://{tmp_path}/docker.sock", "site", deadline_seconds=5.0)
    server.shutdown()
    server.server_close()


# --- another version


def test_an_engine_that_comes_back_older_is_spoken_to_in_its_version(
    docker: Docker, engine: DockerEngine
) -> None:
    engine.facts()
    docker.away = True
    with pytest.raises(Unreachable):
        engine.facts()
    docker.away, docker.api = False, (1, 47)
    engine.facts()


def test_an_engine_that_has_become_older_unseen_costs_one_call(docker: Docker, engine: DockerEngine) -> None:
    engine.facts()
    docker.api = (1, 47)
    with pytest.raises(Unreachable, match=r"client version 1\.51 is too new"):
        engine.facts()
    engine.facts()


# --- its facts


@pytest.mark.parametrize("said", [True, False])
def test_it_tells_whether_swap_can_be_limited(docker: Docker, engine: DockerEngine, *, said: bool) -> None:
    docker.info = {"SwapLimit": said}
    assert engine.facts().swap_limit is said


def test_a_limit_that_is_not_told_cannot_be_had(engine: DockerEngine) -> None:
    assert not engine.facts().swap_limit


# --- old images


def test_what_a_pull_has_replaced_is_removed(docker: Docker, engine: DockerEngine) -> None:
    engine.pull(IMAGE)
    assert (docker.names, docker.images) == ({IMAGE: "new"}, {"new"})


def test_an_old_image_with_another_name_stays_for_ever(docker: Docker, engine: DockerEngine) -> None:
    docker.names["mine:keep"] = "old"
    engine.pull(IMAGE)
    assert docker.names == {IMAGE: "new", "mine:keep": "old"}
    del docker.names["mine:keep"]  # the owner's doing: what is left is his, too
    engine.pull(IMAGE)
    assert docker.images == {"old", "new"}


def test_an_old_image_in_use_is_removed_by_a_later_pull(docker: Docker, engine: DockerEngine) -> None:
    docker.in_use = {"old"}
    engine.pull(IMAGE)
    assert docker.images == {"old", "new"}
    docker.in_use = set()
    engine.pull(IMAGE)
    assert docker.images == {"new"}


def test_an_old_image_that_gets_a_name_while_in_use_stays(docker: Docker, engine: DockerEngine) -> None:
    docker.in_use = {"old"}
    engine.pull(IMAGE)
    docker.in_use, docker.names["mine:keep"] = set(), "old"
    engine.pull(IMAGE)
    assert docker.names["mine:keep"] == "old"


def test_a_pull_that_brings_nothing_new_removes_nothing(docker: Docker, engine: DockerEngine) -> None:
    docker.pulled = "old"
    engine.pull(IMAGE)
    assert docker.images == {"old"}


def test_docker_without_root_is_refused_in_a_sentence(docker: Docker, engine: DockerEngine) -> None:
    """What Docker 20.10.24 tells that a user has started."""
    docker.info = {"CgroupDriver": "none", "SecurityOptions": ["name=seccomp,profile=default"]}
    assert engine.facts().cgroup_driver == "none"
    docker.info["SecurityOptions"].append("name=rootless")
    with pytest.raises(Unreachable, match="runs without root, and cannot put pilots below the owner"):
        engine.facts()


def test_podman_is_refused_in_a_sentence(docker: Docker, engine: DockerEngine) -> None:
    """What Podman 4.3.1 tells as the parts of its version."""
    assert engine.facts().version == "?"
    docker.components = ("Podman Engine", "Conmon", "OCI Runtime (crun)")
    with pytest.raises(Unreachable, match="is Podman, which pilots do not run in: it must be Docker"):
        engine.facts()
