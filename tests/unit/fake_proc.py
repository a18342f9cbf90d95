"""A /proc of our own for psutil, put in place by a fixture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

STAT = """\
cpu  1500 200 300 9000 400 50 60 70 500 20
cpu0 1000 100 200 4000 300 30 40 50 500 20
cpu1 500 100 100 5000 100 20 20 20 0 0
intr 12345
ctxt 1
btime 1790000000
"""
MEMINFO = """\
MemTotal:       16000 kB
MemFree:         1000 kB
MemAvailable:    9000 kB
Buffers:          100 kB
Cached:          8000 kB
Shmem:             10 kB
Active:            10 kB
Inactive:          10 kB
SReclaimable:      10 kB
Slab:              10 kB
"""


@pytest.fixture
def proc(tmp_path: Path) -> Iterator[Path]:
    """A healthy /proc; tests change its files."""
    usual = psutil.PROCFS_PATH
    (tmp_path / "stat").write_text(STAT)
    (tmp_path / "meminfo").write_text(MEMINFO)
    psutil.PROCFS_PATH = str(tmp_path)
    yield tmp_path
    psutil.PROCFS_PATH = usual
