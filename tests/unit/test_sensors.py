"""The readings of the host, from a /proc that the test writes. A sensor never raises."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plancton.model import CpuCounters, MemoryReading, Missing
from plancton.sensors import cpu, memory
from tests.unit.fake_proc import MEMINFO, STAT, proc

__all__ = ["proc"]  # a fixture
TICK = os.sysconf("SC_CLK_TCK")


@pytest.mark.usefixtures("proc")
def test_busy_is_user_nice_system_and_interrupts_of_all_cores() -> None:
    """Waiting for a disk is idle; guests are within user; stolen time is told apart."""
    reading = cpu.read()
    assert isinstance(reading, CpuCounters)
    assert reading.cores == 2
    assert reading.busy_seconds * TICK == pytest.approx(1370 + 740)
    assert reading.steal_seconds * TICK == pytest.approx(70)


def test_cores_are_those_on_line(proc: Path) -> None:
    (proc / "stat").write_text("\n".join(line for line in STAT.splitlines() if not line.startswith("cpu1")))
    reading = cpu.read()
    assert isinstance(reading, CpuCounters)
    assert reading.cores == 1


@pytest.mark.usefixtures("proc")
def test_available_memory_is_the_kernels_own_figure() -> None:
    assert memory.read() == MemoryReading(16000 * 1024, 9000 * 1024)


@pytest.mark.parametrize(
    "content", ["", "cpu  1 2 3\n", "cpu  1 2\ncpu0 1 2\n", "cpu  1\ncpu0 a b c d e f g h\n"]
)
def test_a_stat_that_cannot_be_understood_is_missing(proc: Path, content: str) -> None:
    (proc / "stat").write_text(content)
    assert isinstance(cpu.read(), Missing)


@pytest.mark.parametrize("content", ["", "garbage\n", "MemTotal: x kB\n", "MemTotal: 16000 kB\n"])
def test_a_meminfo_that_cannot_be_understood_is_missing(proc: Path, content: str) -> None:
    (proc / "meminfo").write_text(content)
    assert isinstance(memory.read(), Missing)


def test_files_that_are_not_there_are_missing_with_their_names(proc: Path) -> None:
    (proc / "stat").unlink()
    (proc / "meminfo").unlink()
    readings = (cpu.read(), memory.read())
    assert all(isinstance(reading, Missing) for reading in readings)
    assert "stat" in str(readings[0])
    assert "meminfo" in str(readings[1])


@pytest.mark.filterwarnings("ignore:.*memory stats couldn't be determined")
def test_a_kernel_without_the_figure_still_gives_a_reading(proc: Path) -> None:
    lines = [line for line in MEMINFO.splitlines() if "Available" not in line]
    (proc / "meminfo").write_text("\n".join(lines) + "\n")
    reading = memory.read()
    assert isinstance(reading, MemoryReading)
    assert 0 <= reading.available_bytes <= reading.total_bytes
