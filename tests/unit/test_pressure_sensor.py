"""How long others than pilots waited, on both kinds of cgroup hierarchy."""

from __future__ import annotations

from pathlib import Path

import pytest

from plancton.cgroup import Hierarchy
from plancton.readings import Missing, PressureReading
from plancton.sensors import pressure
from tests.unit.fake_sys import grow


def stalls(percent: float) -> str:
    """One of the kernel's files."""
    rest = "avg60=9.00 avg300=9.00 total=99999999"
    return f"some avg10={percent:.2f} {rest}\nfull avg10=99.00 {rest}\n"


def group(name: str, cpu: float, memory: float, io: float) -> dict[str, str]:
    shares = {"cpu": cpu, "memory": memory, "io": io}
    return {f"{name}/{resource}.pressure": stalls(percent) for resource, percent in shares.items()}


OWNERS = {**group("user.slice", 2.5, 10.0, 0.0), **group("system.slice", 1.0, 20.0, 50.0)}
PILOTS = {**group("plancton.slice", 90.0, 90.0, 90.0), **group("plancton", 90.0, 90.0, 90.0)}
HOST = {"proc/cpu": stalls(40.0), "proc/memory": stalls(7.0), "proc/io": stalls(100.0)}


def unified(root: Path) -> Hierarchy:
    return Hierarchy(True, root, root, root, root)


def legacy(root: Path) -> Hierarchy:
    return Hierarchy(False, root / "cpuacct", root / "cpu")


def read(root: Path, parent: str = "plancton.slice") -> PressureReading | Missing | None:
    return pressure.read(unified(root), parent, host=root / "proc")


def test_the_worst_of_the_groups_beside_the_pilots_counts(tmp_path: Path) -> None:
    grow(tmp_path, {**OWNERS, **group("plancton.slice", 90.0, 90.0, 90.0), "cgroup.procs": ""})
    assert read(tmp_path) == PressureReading(0.025, 0.2, 0.5)


def test_with_the_other_driver_the_pilots_group_is_named_otherwise(tmp_path: Path) -> None:
    grow(tmp_path, {**OWNERS, **group("plancton", 90.0, 90.0, 90.0)})
    assert read(tmp_path, "/plancton") == PressureReading(0.025, 0.2, 0.5)


def test_groups_of_mounts_and_groups_without_pressure_do_not_matter(tmp_path: Path) -> None:
    grow(tmp_path, {**OWNERS, **group("dev-mqueue.mount", 80.0, 80.0, 80.0), "machine.slice/": ""})
    assert read(tmp_path) == PressureReading(0.025, 0.2, 0.5)


def test_on_cgroup_v1_there_is_only_the_hosts_and_its_cpu_says_nothing(tmp_path: Path) -> None:
    """Pilots of the lowest weight wait for cores whenever the owner works, which harms nobody."""
    grow(tmp_path, HOST)
    found = pressure.read(legacy(tmp_path), "/plancton", host=tmp_path / "proc")
    assert found == PressureReading(None, 0.07, 1.0)


@pytest.mark.parametrize("files", [{}, {"user.slice/": "", "proc/": ""}])
def test_a_kernel_without_psi_has_none(tmp_path: Path, files: dict[str, str]) -> None:
    grow(tmp_path, files)
    assert read(tmp_path) is None
    assert pressure.read(legacy(tmp_path), "/plancton", host=tmp_path / "proc") is None


def test_a_resource_that_is_not_told_is_none_and_the_others_are(tmp_path: Path) -> None:
    grow(tmp_path, {"user.slice/memory.pressure": stalls(30.0)})
    assert read(tmp_path) == PressureReading(None, 0.3, None)


@pytest.mark.parametrize("content", ["", "some\n", "full avg10=1.00\n", "some avg10=much\n", "\x00\xff"])
def test_what_cannot_be_understood_is_missing(tmp_path: Path, content: str) -> None:
    grow(tmp_path, {**OWNERS, "user.slice/io.pressure": content})
    found = read(tmp_path)
    assert isinstance(found, Missing)
    assert found.why.startswith("the pressure cannot be read: ")


def test_a_file_that_may_not_be_read_is_missing_and_a_tree_that_is_gone_too(tmp_path: Path) -> None:
    grow(tmp_path, {"user.slice/cpu.pressure/": ""})
    assert isinstance(read(tmp_path), Missing)
    assert isinstance(read(tmp_path / "gone"), Missing)


def test_before_the_pilots_group_is_known_nothing_can_be_told(tmp_path: Path) -> None:
    grow(tmp_path, HOST)
    assert isinstance(pressure.read(None, "", host=tmp_path / "proc"), Missing)


def test_a_share_is_never_more_than_all(tmp_path: Path) -> None:
    grow(tmp_path, group("user.slice", 100.01, -0.5, 250.0))
    assert read(tmp_path) == PressureReading(1.0, 0.0, 1.0)
