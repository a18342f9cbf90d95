"""What `record` writes, and when it ends."""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path

import pytest

from plancton.alarm import Alarm
from plancton.cli.main import main
from plancton.model import CpuCounters, Missing
from plancton.recording.reading import read
from plancton.recording.recorder import CannotRecord, record
from plancton.recording.writing import Reading
from tests.unit.simulate.test_recording import reading


class Sensors:
    """Each look a core-second later."""

    def __init__(self) -> None:
        self._looks = itertools.count()

    def __call__(self) -> Reading:
        return reading(time.monotonic(), busy=float(next(self._looks)))


def test_it_records_for_so_many_seconds(tmp_path: Path) -> None:
    path = tmp_path / "r.gz"
    taken = record(path, Sensors(), 0.1, Alarm(), 0.5)
    assert 2 <= taken <= 6  # a machine that is busy elsewhere takes fewer: none is made up for
    found = list(read(path).readings)
    assert [r.cpu for r in found] == [CpuCounters(float(n), 0.0, 4) for n in range(taken)]
    assert 0.2 < found[-1].at < 5.0
    assert path.stat().st_mode & 0o777 == 0o640


def test_it_ends_when_it_is_told_to_and_the_file_is_whole(tmp_path: Path) -> None:
    path, alarm = tmp_path / "r.gz", Alarm()
    timer = threading.Timer(0.25, alarm.ring)
    timer.start()
    count = record(path, Sensors(), 0.1, alarm)
    timer.join()
    assert len(list(read(path).readings)) == count >= 2


def test_it_never_writes_over_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "r.gz"
    path.write_text("dear")
    with pytest.raises(CannotRecord, match=r"r\.gz: is there already"):
        record(path, Sensors(), 0.1, Alarm(), 0.1)
    assert path.read_text() == "dear"
    with pytest.raises(CannotRecord, match=r"none/r\.gz: cannot be written: No such file or directory$"):
        record(tmp_path / "none" / "r.gz", Sensors(), 0.1, Alarm(), 0.1)


def test_it_does_not_begin_blind(tmp_path: Path) -> None:
    blind = Reading(1.0, Missing("no eyes"), Missing("no"), Missing("no"))
    with pytest.raises(CannotRecord, match=r"^no eyes$"):
        record(tmp_path / "r.gz", lambda: blind, 0.1, Alarm(), 0.1)
    assert not (tmp_path / "r.gz").exists()


def test_the_command_records_this_host_without_an_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, path = tmp_path / "c.yml", tmp_path / "r.gz"
    config.write_text("{name: nobody, interval_seconds: 0.5, engine: {url: 'unix:///nowhere/at/all.sock'}}")
    command = ["record", "--config.file", str(config), "--seconds", "1", str(path)]
    assert main(command) == 0
    assert capsys.readouterr().out == f"{path}: 3 readings\n"
    assert all(isinstance(r.cpu, CpuCounters) for r in read(path).readings)
    assert main(command) == 2
    assert "is there already" in capsys.readouterr().err
