"""The parent cgroup is made with the least weight, and kept there without writing what is in force."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plancton.cgroup import Pool, create, is_lowest, lower, make_ordinary, weights, why_not_lowest
from tests.unit.fake_cgroups import hierarchy_in, pool_in

versions = pytest.mark.parametrize("version", [1, 2])
LEAST = {1: {"cpu.shares": "2", "blkio.bfq.weight": "1"}, 2: {"cpu.weight": "1", "io.weight": "default 1"}}


def written(pool: Pool) -> dict[str, str]:
    return {path.name: path.read_text() for path, _ in weights(pool) if path.exists()}


@pytest.mark.parametrize("driver", ["cgroupfs", "systemd"])
@versions
def test_the_weight_is_lowered_where_it_is_not_lowest(tmp_path: Path, version: int, driver: str) -> None:
    pool = pool_in(tmp_path, version, driver)
    assert not is_lowest(pool)
    lower(pool)
    assert is_lowest(pool)
    assert written(pool) == LEAST[version]


@versions
def test_where_the_kernel_has_it_the_whole_group_is_idle(tmp_path: Path, version: int) -> None:
    pool = pool_in(tmp_path, version)
    (pool.cpu / "cpu.idle").write_text("0\n")
    assert not is_lowest(pool)
    lower(pool)
    assert is_lowest(pool)
    assert written(pool) == {**LEAST[version], "cpu.idle": "1"}


@versions
@pytest.mark.parametrize("idle", [False, True])
def test_an_ordinary_weight_is_that_of_everybody_and_can_be_taken_back(
    tmp_path: Path, version: int, *, idle: bool
) -> None:
    pool = pool_in(tmp_path, version)
    if idle:
        (pool.cpu / "cpu.idle").write_text("0\n")
    lower(pool)
    make_ordinary(pool)
    assert not is_lowest(pool)
    ordinary = {1: ("cpu.shares", "1024"), 2: ("cpu.weight", "100")}[version]
    assert ordinary in written(pool).items()
    lower(pool)
    assert is_lowest(pool)


@versions
def test_weights_in_force_are_not_written_again(tmp_path: Path, version: int) -> None:
    """An idle group refuses another weight: writing would fail."""
    pool = pool_in(tmp_path, version)
    (pool.cpu / "cpu.idle").write_text("1\n")
    before = written(pool)
    lower(pool)
    assert written(pool) == before


@versions
def test_a_pool_that_is_not_there_has_no_weight(tmp_path: Path, version: int) -> None:
    with pytest.raises(FileNotFoundError):
        is_lowest(Pool("none", "cgroupfs", hierarchy_in(tmp_path, version)))


@versions
def test_create_makes_a_directory_that_the_agent_can_read_whatever_the_umask(
    tmp_path: Path, version: int
) -> None:
    pool = pool_in(tmp_path, version)
    pool.accounting.chmod(0o700)
    create(pool, owner=None)
    assert pool.accounting.stat().st_mode & 0o777 == 0o755
    assert is_lowest(pool)


@pytest.mark.parametrize("driver", ["cgroupfs", "systemd"])
@versions
def test_create_gives_the_weights_and_nothing_else_to_the_agents_user(
    tmp_path: Path, version: int, driver: str
) -> None:
    pool = pool_in(tmp_path, version, driver)
    me = (os.getuid(), os.getgid())
    user = (12345, 12345) if os.getuid() == 0 else me
    create(pool, owner=user)
    assert {(p.stat().st_uid, p.stat().st_gid) for p, _ in weights(pool) if p.exists()} == {user}
    assert (pool.accounting.stat().st_uid, pool.accounting.stat().st_gid) == me


def test_systemd_makes_its_slices_itself(tmp_path: Path) -> None:
    create(Pool("plancton", "systemd", hierarchy_in(tmp_path, 2)), owner=None)
    assert not (tmp_path / "plancton.slice").exists()


@versions
def test_in_a_slice_that_is_there_a_weight_that_was_reset_is_put_back(tmp_path: Path, version: int) -> None:
    pool = pool_in(tmp_path, version, "systemd")
    (pool.cpu / "cpu.idle").write_text("0\n")  # as a `docker update` leaves it
    create(pool, owner=None)
    assert is_lowest(pool)
    assert written(pool) == {**LEAST[version], "cpu.idle": "1"}


def test_v2_hands_the_controllers_down_before(tmp_path: Path) -> None:
    create(pool_in(tmp_path, 2), owner=None)
    assert (tmp_path / "cgroup.subtree_control").read_text().startswith("+")


def test_controllers_that_are_on_are_not_written_again(tmp_path: Path) -> None:
    """The agent's user may not write there, and need not."""
    pool = pool_in(tmp_path, 2)
    (tmp_path / "cgroup.subtree_control").write_text("cpu io memory pids\n")
    create(pool, owner=None)
    assert (tmp_path / "cgroup.subtree_control").read_text() == "cpu io memory pids\n"


@versions
def test_a_kernel_without_weights_is_told_and_nothing_is_written(tmp_path: Path, version: int) -> None:
    pool = pool_in(tmp_path, version)
    for path, _ in weights(pool):
        path.unlink(missing_ok=True)
    create(pool, owner=(os.getuid(), os.getgid()))
    make_ordinary(pool)
    lower(pool)
    assert written(pool) == {}
    fault = why_not_lowest(pool)
    assert fault is not None
    assert "kernel offers no CPU weights" in fault.why
