"""What is left where the engine keeps its data."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from plancton.readings import DiskReading, Missing
from plancton.sensors import disk
from tests.nobody import as_nobody


def test_it_counts_as_df_does(tmp_path: Path) -> None:
    reading = disk.read(str(tmp_path))
    usage = shutil.disk_usage(tmp_path)
    assert isinstance(reading, DiskReading)
    assert reading.total_bytes == usage.used + usage.free
    assert abs(reading.free_bytes - usage.free) < 100 * 2**20
    assert 0.0 <= reading.free_share <= 1.0


@pytest.mark.parametrize(
    ("root", "why"), [("/none", "No such file or directory"), ("/\0", "embedded null byte")]
)
def test_a_place_that_cannot_be_looked_at_is_missing_with_its_name(root: str, why: str) -> None:
    assert disk.read(root) == Missing(f"{root} cannot be looked at: {why}")


def test_a_place_that_may_not_be_entered_is_judged_by_what_is_above_it() -> None:
    """With user namespaces the engine's data are below a directory of root's."""
    with tempfile.TemporaryDirectory() as directory:
        above = Path(directory)
        above.chmod(0o711)
        (above / "closed" / "data").mkdir(parents=True)
        (above / "closed").chmod(0)

        def ask() -> str:
            found = disk.read(str(above / "closed" / "data"))
            return f"{type(found).__name__} {getattr(found, 'path', found)}"

        assert as_nobody(ask) == f"DiskReading {above}/closed/data"
        (above / "closed").chmod(0o700)


def test_a_file_system_without_a_size_is_missing() -> None:
    assert isinstance(disk.read("/proc"), Missing)


def test_before_the_engine_has_told_its_place_there_is_no_reading() -> None:
    assert isinstance(disk.read(None), Missing)
