"""Writes the history down, in a thread of its own: the loop never waits for a disk."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from plancton.history import Entry, History
from plancton.history_file import Found

log = logging.getLogger(__name__)

# Decisions come in bursts: what comes within this time is written at once.
PAUSE_SECONDS = 2.0
# How often it is looked whether a decision that goes on has held for so long that it should be written.
LOOK_SECONDS = 5.0
# Its end in the file is late by a tenth of the time it has held at most, within these bounds (and a look).
# A host whose decisions hold for hours writes one line a minute.
SHARE = 0.1
LEAST_SECONDS, MOST_SECONDS = 4.0, 60.0
# A disk that is full is tried again after this time.
RETRY_SECONDS = 60.0
# An agent that ends waits so long for its last line; a disk that hangs does not keep it.
CLOSE_SECONDS = 2.0


class Store(Protocol):
    """What the scribe needs of `HistoryFile`. A test has one that is full, or hangs."""

    path: Path
    aside: Path

    def load(self) -> Found:
        """What an agent before this one has left."""

    def set_aside(self) -> None:
        """Give the file another name."""

    def append(self, entries: Sequence[Entry]) -> bool:
        """Add lines. False where the file must be written anew first. Raises OSError."""

    def rewrite(self, entries: Iterable[Entry]) -> None:
        """Replace the file. Raises OSError."""


class Scribe:
    """Reads what an earlier agent has left, then writes what is new.

    Only its own thread touches the file. What it has not written yet it finds in the history, so that
    nothing piles up behind a disk that hangs.
    """

    def __init__(
        self,
        history: History,
        store: Store,
        clock: Callable[[], float] = time.monotonic,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self._history = history
        self._store = store
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._written: Entry | None = None
        self._failing = False
        self._retry_at = float("-inf")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="scribe", daemon=True)

    def start(self) -> None:
        """Begin, with the entries of an earlier agent. Does not wait for them."""
        self._thread.start()

    def close(self, patience_seconds: float = CLOSE_SECONDS) -> None:
        """Write the last line and end."""
        self._ended.set()
        self._history.news.set()
        self._thread.join(patience_seconds)

    def _work(self) -> None:
        try:
            self.recall()
            while not self._ended.is_set():
                self.write()
                self._ended.wait(self._pause_seconds)
                self._history.news.wait(LOOK_SECONDS - self._pause_seconds)
                self._history.news.clear()
            self.write(last=True)
        except Exception:
            log.exception("the history is not written down any more")

    def recall(self) -> None:
        """Take in what an earlier agent has left.

        A file that is damaged or foreign is kept under another name. It may be somebody's, and it tells
        what has gone wrong; there is one at most, so that it costs the owner no more disk.
        """
        found = self._store.load()
        if found.fault is not None:
            done = f"it is kept as {self._store.aside.name}; decisions taken over: {len(found.entries)}"
            log.warning("%s %s: %s", self._store.path, found.fault, done)
            self._store.set_aside()
        self._history.recall(found.entries)

    def write(self, *, last: bool = False) -> None:
        """Write what is new, if anything is. Never raises; a fault that stays is told once."""
        now, entries = self._clock(), self._history.latest()
        if now < self._retry_at and not last:
            return
        fresh = self._unwritten(entries, last=last)
        if not fresh:
            return
        try:
            if not self._store.append(fresh):
                self._store.rewrite(entries)
        except OSError as error:
            self._retry_at = now + RETRY_SECONDS
            if not self._failing:
                log.warning("%s cannot be written, it is tried again: %s", self._store.path, error.strerror)
            self._failing = True
            return
        self._failing = False
        self._written = entries[-1]

    def _unwritten(self, entries: list[Entry], *, last: bool) -> list[Entry]:
        """The entries that are not in the file as they are now."""
        written = self._written
        if written is None:
            return entries
        newer = 0
        while newer < len(entries) and entries[-1 - newer].at != written.at:
            newer += 1
        if newer == len(entries):
            return entries
        grown = entries[-1 - newer]
        if newer == 0 and not last and not _worth_a_line(written, grown):
            return []
        return entries[len(entries) - newer - (grown != written) :]


def _worth_a_line(written: Entry, grown: Entry) -> bool:
    """Whether a decision that goes on has done so for long enough to be written again."""
    held = grown.until - grown.at
    patience = min(max(SHARE * held, LEAST_SECONDS), MOST_SECONDS)
    return abs(grown.until - written.until) >= patience
