"""The pilots' parent cgroup on every layout of hierarchies, in fake trees."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from plancton import cgroup
from plancton.cgroup import Hierarchy, NoHierarchy, find_hierarchy, hierarchy_here
from tests.unit.fake_cgroups import ONE, TWO, pool_in

MOUNTS = Path(__file__).parents[1] / "fixtures" / "mounts"
SYS = Path("/sys/fs/cgroup")


@pytest.mark.parametrize(
    ("name", "hierarchy"),
    [
        ("debian-12-v2", Hierarchy(True, SYS, SYS, SYS, SYS)),
        (
            "debian-10-hybrid",
            Hierarchy(False, SYS / "cpu,cpuacct", SYS / "cpu,cpuacct", SYS / "blkio", SYS / "memory"),
        ),
        ("bare-v1", Hierarchy(False, SYS / "cpuacct", SYS / "cpu", SYS / "blkio", SYS / "memory")),
        ("v1-without-io-and-memory", Hierarchy(False, SYS / "cpu", SYS / "cpu", None, None)),
        (
            "v1-with-chroots",
            Hierarchy(False, SYS / "cpu,cpuacct", SYS / "cpu,cpuacct", SYS / "blkio", SYS / "memory"),
        ),
    ],
)
def test_the_hierarchy_is_found_in_the_table_of_mounts(name: str, hierarchy: Hierarchy) -> None:
    assert find_hierarchy((MOUNTS / name).read_text()) == hierarchy


@pytest.mark.parametrize("mounts", ["", "proc /proc proc rw 0 0\n", "cgroup /c cgroup rw,freezer 0 0\n"])
def test_a_kernel_without_cgroups_is_told(mounts: str) -> None:
    with pytest.raises(NoHierarchy):
        find_hierarchy(mounts)


SYS_LINE = "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n"
IN_SYS = Hierarchy(True, SYS, SYS, SYS, SYS)


@pytest.mark.parametrize("name", ["a\u2028b", "a\x0cb", "a\x85b", "a\rb", "a\x1cb", "", "\udcff"])
def test_what_others_have_mounted_is_passed_over_whatever_its_name(name: str) -> None:
    assert find_hierarchy(f"fuse /mnt/{name} fuse rw 0 0\n{name}\n \n{SYS_LINE}") == IN_SYS


def test_a_mount_point_is_read_as_the_kernel_writes_it() -> None:
    mounts = r"cgroup2 /a\040b\011c\012d\134040e cgroup2 rw 0 0"
    assert find_hierarchy(mounts).cpu == Path("/a b\tc\nd\\040e")


def test_names_on_this_host_need_not_be_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "MOUNTS", tmp_path / "mounts")
    (tmp_path / "mounts").write_bytes(b"\xff\xfe /mnt/\xe2\x80\xa8\xff fuse rw 0 0\n" + SYS_LINE.encode())
    assert hierarchy_here() == IN_SYS
    (tmp_path / "mounts").write_bytes(b"cgroup2 /cg\xff cgroup2 rw 0 0\n")
    assert os.fsencode(hierarchy_here().cpu) == b"/cg\xff"


versions = pytest.mark.parametrize("version", [1, 2])


@versions
def test_the_counters_are_seconds_and_bytes(tmp_path: Path, version: int) -> None:
    pool = pool_in(tmp_path, version)
    assert pool.cpu_seconds(pool.accounting) == 2.5
    assert pool.memory_bytes() == 7000


@pytest.mark.parametrize("content", ["", "x\n", "usage_usec\n"])
@versions
def test_a_counter_that_is_none_raises_a_value_error(tmp_path: Path, version: int, content: str) -> None:
    pool = pool_in(tmp_path, version)
    (pool.accounting / ("cpu.stat" if version == 2 else "cpuacct.usage")).write_text(content)
    with pytest.raises(ValueError, match=r"invalid literal"):
        pool.cpu_seconds(pool.accounting)


@versions
def test_memory_that_the_kernel_does_not_tell_is_zero(tmp_path: Path, version: int) -> None:
    pool = pool_in(tmp_path, version)
    assert replace(pool, name="none").memory_bytes() == 0
    assert replace(pool, hierarchy=replace(pool.hierarchy, memory=None)).memory_bytes() == 0


@pytest.mark.parametrize(
    ("driver", "parent", "child"),
    [("cgroupfs", "/plancton", "{}"), ("systemd", "plancton.slice", "docker-{}.scope")],
)
@versions
def test_members_are_told_by_their_ids_whoever_named_the_directories(
    tmp_path: Path, version: int, driver: str, parent: str, child: str
) -> None:
    pool = pool_in(tmp_path, version, driver)
    assert pool.parent == parent
    for name in (child.format(ONE), child.format(TWO), "somebody", "init.scope"):
        (pool.accounting / name).mkdir()
    (pool.accounting / ("3c" * 32)).symlink_to(pool.accounting / "somebody")
    assert pool.members() == {i: str(pool.accounting / child.format(i)) for i in (ONE, TWO)}
