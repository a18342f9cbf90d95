"""When the history is written down, and what happens if it cannot be."""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from plancton.core.decide import decide
from plancton.core.policy import Policy
from plancton.history import Entry, History
from plancton.history_file import Found, HistoryFile, load, path_in
from plancton.scribe import CLOSE_SECONDS, RETRY_SECONDS, Scribe
from tests.unit.entries import entry, some
from tests.unit.makers import WALL, calm, crew, seen
from tests.unit.office import Clock, until

QUIET = decide(Policy(), calm(), seen(crew(7)))[1]
DIRECTORY = Path("/var/lib/plancton")


class Shelf:
    """A file of the test's own. `fault`: what it answers to being written."""

    path = DIRECTORY / "history.jsonl"
    aside = DIRECTORY / "history.jsonl.bad"

    def __init__(self, found: Found | None = None) -> None:
        self.found = found or Found()
        self.kept: list[Entry] | None = None
        self.writes: list[list[Entry]] = []
        self.fault: OSError | None = None
        self.gate = threading.Event()
        self.gate.set()

    def load(self) -> Found:
        self.gate.wait(30.0)
        return self.found

    def set_aside(self) -> None:
        self.found = Found()

    def append(self, entries: Sequence[Entry]) -> bool:
        return self.kept is not None and self._write([*self.kept, *entries], entries)

    def rewrite(self, entries: Iterable[Entry]) -> None:
        self._write(list(entries), list(entries))

    def _write(self, kept: list[Entry], written: Sequence[Entry]) -> bool:
        self.gate.wait(30.0)
        if self.fault is not None:
            self.kept = None
            raise self.fault
        self.kept = kept
        self.writes.append(list(written))
        return True


class Desk:
    """A history, its scribe, and a clock that the test turns."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf, self.clock, self.history = shelf or Shelf(), Clock(), History()
        self.scribe = Scribe(self.history, self.shelf, self.clock, pause_seconds=0.0)

    def hold(self, seconds: float) -> None:
        """The decision goes on, tick by tick, and the scribe looks each second."""
        for _ in range(round(seconds)):
            self.clock.now += 1.0
            self.history.add(WALL + self.clock.now, QUIET, "quiet", acted=False)
            self.scribe.write()

    def deed(self, sentence: str) -> None:
        self.clock.now += 1.0
        self.history.add(WALL + self.clock.now, QUIET, sentence, acted=True)


def test_what_an_earlier_agent_left_stands_before_what_is_new() -> None:
    desk = Desk(Shelf(Found(tuple(some(3)))))
    desk.history.mark(WALL, "started")
    desk.scribe.recall()
    assert [e.sentence for e in desk.history.latest()] == ["deed 1", "deed 2", "deed 3", "started"]
    desk.scribe.write()
    assert desk.shelf.kept == desk.history.latest()


def test_a_new_entry_is_one_line_and_so_is_each_that_was_missed() -> None:
    desk = Desk()
    desk.deed("one")
    desk.scribe.write()
    desk.deed("two")
    desk.deed("three")
    desk.scribe.write()
    assert [[e.sentence for e in lines] for lines in desk.shelf.writes] == [["one"], ["two", "three"]]
    desk.scribe.write()
    assert len(desk.shelf.writes) == 2


def test_the_end_of_an_entry_is_written_before_the_one_that_follows() -> None:
    desk = Desk()
    desk.hold(3)
    desk.deed("stop")
    desk.scribe.write()
    assert [e.sentence for e in desk.shelf.writes[-1]] == ["quiet", "stop"]
    assert desk.shelf.writes[-1][0].until == desk.history.latest()[0].until


def test_a_decision_that_goes_on_is_written_less_and_less_often() -> None:
    desk = Desk()
    desk.hold(50)
    assert len(desk.shelf.writes) == 1 + 11  # at once, then every four seconds or five
    desk.hold(3600)
    desk.shelf.writes.clear()
    desk.hold(3600)
    assert len(desk.shelf.writes) == 60
    last = desk.history.latest()[-1]
    assert desk.shelf.kept is not None
    assert last.until - desk.shelf.kept[-1].until < 60
    desk.scribe.write(last=True)
    assert desk.shelf.kept[-1] == last


def test_a_clock_that_is_set_back_does_not_stop_the_writing() -> None:
    desk = Desk()
    desk.hold(20)
    written = len(desk.shelf.writes)
    desk.history.add(WALL, QUIET, "quiet", acted=False)
    desk.scribe.write()
    assert len(desk.shelf.writes) == written + 1


def test_more_than_is_kept_between_two_writings_is_written_as_a_whole() -> None:
    desk = Desk()
    desk.deed("first")
    desk.scribe.write()
    for number in range(1500):
        desk.deed(f"deed {number}")
    desk.scribe.write()
    assert desk.shelf.writes[-1] == desk.history.latest()


def test_a_full_disk_is_told_once_and_tried_again_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    desk.shelf.fault = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with caplog.at_level(logging.WARNING):
        desk.hold(10 * RETRY_SECONDS)
    assert [record.message for record in caplog.records] == [
        "/var/lib/plancton/history.jsonl cannot be written, it is tried again: No space left on device"
    ]
    desk.shelf.fault = None
    desk.hold(RETRY_SECONDS + 1)
    assert desk.shelf.kept is not None
    assert desk.shelf.kept[0].at == desk.history.latest()[0].at


def test_a_bad_file_is_told_once_set_aside_and_its_good_part_used(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = Desk(Shelf(Found((entry(1),), "is damaged in line 3")))
    desk.scribe.recall()
    (record,) = caplog.records
    assert record.message == (
        "/var/lib/plancton/history.jsonl is damaged in line 3: "
        "it is kept as history.jsonl.bad; decisions taken over: 1"
    )
    assert desk.shelf.found == Found()
    assert desk.history.latest() == [entry(1)]


@contextmanager
def hung(shelf: Shelf) -> Iterator[None]:
    shelf.gate.clear()
    try:
        yield
    finally:
        shelf.gate.set()


def test_a_disk_that_hangs_delays_nobody() -> None:
    desk = Desk()
    with hung(desk.shelf):
        began = time.monotonic()
        desk.scribe.start()
        for number in range(2000):
            desk.deed(f"deed {number}")
        assert desk.history.entries(1)[0]["sentence"] == "deed 1999"
        assert time.monotonic() - began < 5.0
        desk.scribe.close(patience_seconds=0.1)
        assert time.monotonic() - began < 5.0 + CLOSE_SECONDS
    until(lambda: desk.shelf.kept == desk.history.latest())


def test_the_thread_writes_at_once_and_the_last_line_at_its_end(tmp_path: Path) -> None:
    path = path_in(str(tmp_path))
    history = History()
    scribe = Scribe(history, HistoryFile(path), pause_seconds=0.0)
    history.mark(WALL, "started")
    scribe.start()
    until(lambda: len(load(path).entries) == 1)
    history.add(WALL + 1, QUIET, "quiet", acted=False)
    until(lambda: len(load(path).entries) == 2)
    history.add(WALL + 2, QUIET, "quiet", acted=False)
    scribe.close()
    assert load(path) == Found(tuple(history.latest()))
    assert history.latest()[-1].until == WALL + 2


def test_the_next_agent_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    path = path_in(str(tmp_path))
    for life in range(3):
        history = History()
        scribe = Scribe(history, HistoryFile(path), pause_seconds=0.0)
        history.mark(WALL + life, f"start {life}")
        scribe.start()
        scribe.close()
    assert [e.sentence for e in load(path).entries] == ["start 0", "start 1", "start 2"]


def test_a_store_that_breaks_its_promise_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    desk.shelf.load = None  # type: ignore[assignment]
    desk.scribe.start()
    until(lambda: "the history is not written down any more" in caplog.text)
