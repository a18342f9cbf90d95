"""The pilots' parent cgroup is made before the agent, whether or not the engine has started by then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plancton import cgroup
from plancton.cgroup import Pool, is_lowest
from plancton.cli.main import main
from tests.unit.docker_server import Docker, listen
from tests.unit.fake_cgroups import pool_in


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "p.yml"
    path.write_text(f"engine: {{url: 'unix://{tmp_path}/docker.sock'}}")
    return path


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table of mounts of the test's own."""
    monkeypatch.setattr(cgroup, "MOUNTS", tmp_path / "mounts")
    (tmp_path / "mounts").write_text(f"cgroup2 {tmp_path} cgroup2 rw 0 0\n")
    return tmp_path / "mounts"


@pytest.fixture
def pool(tmp_path: Path, mounts: Path) -> Pool:
    """A group with an ordinary weight, where a kernel would make one."""
    assert mounts.exists()
    return pool_in(tmp_path, 2)


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Docker]:
    docker = Docker(info={"CgroupDriver": "cgroupfs"})
    server = listen(docker, tmp_path / "docker.sock")
    yield docker
    server.shutdown()
    server.server_close()


def prepare(config: Path) -> int:
    return main(["prepare-host", "--config.file", str(config)])


@pytest.mark.usefixtures("docker")
def test_the_group_has_the_lowest_weight(
    config: Path, pool: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare(config) == 0
    assert is_lowest(pool)
    assert capsys.readouterr() == (f"pilots' cgroup: {pool.accounting}\n", "")


def test_without_an_engine_the_layout_of_cgroupfs_is_assumed(
    config: Path, pool: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare(config) == 0
    assert is_lowest(pool)
    said = capsys.readouterr().err
    assert said.endswith("docker.sock cannot be reached: is it running?; the agent will keep trying\n")
    assert said.count("\n") == 1


@pytest.mark.parametrize("table", ["", "cgroup2 /nowhere/cgroup cgroup2 rw 0 0\n"])
def test_a_guess_that_fails_does_not_keep_the_agent_from_starting(
    config: Path, mounts: Path, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mounts.write_text(table)
    assert prepare(config) == 0
    assert "the pilots' cgroup cannot be made: " in capsys.readouterr().err


@pytest.mark.usefixtures("docker")
def test_with_an_engine_a_group_that_cannot_be_made_is_a_fault(
    config: Path, mounts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mounts.write_text("")
    assert prepare(config) == 1
    assert "the pilots' cgroup cannot be made: " in capsys.readouterr().err


@pytest.mark.usefixtures("pool")
def test_systemd_makes_its_slices_itself(config: Path, docker: Docker, tmp_path: Path) -> None:
    docker.info = {"CgroupDriver": "systemd"}
    assert prepare(config) == 0
    assert not (tmp_path / "plancton.slice").exists()
