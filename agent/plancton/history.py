"""The last decisions, for `plancton why`. What repeats itself is told once, with how long it held."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from plancton.core.decide import Decision
from plancton.core.limits import LimitName
from plancton.spoken import printable

KEPT = 1000
# An engine's error may be a page long. So much of it says what happened, and bounds memory and file.
LONGEST_SENTENCE = 1000


@dataclass(frozen=True)
class Entry:
    """A decision that held from `at` to `until` (Unix time); the sentence is that of its last second.

    Without a limit it is no decision: the agent has started or stopped.
    """

    at: float
    until: float
    sentence: str
    limit: str | None
    target: int | None
    running: int
    frozen: int
    acted: bool


class History:
    """Written by the loop, read by the threads of the web server and of the scribe.

    `news` is set whenever an entry is new. The lock is held for moments and never while anything waits.
    """

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self.news = threading.Event()

    def add(self, wall: float, decision: Decision, sentence: str, *, acted: bool) -> Entry | None:
        """Record a decision. Gives the entry if it is a new one, None if the last one goes on.

        `acted`: pilots were started or killed, or have failed, which is told each time.
        """
        limit = decision.binding.name.value
        numbers = (decision.target, decision.running, decision.frozen)
        entry = Entry(wall, wall, told(sentence), limit, *numbers, acted)
        with self._lock:
            if self._entries and not acted and _alike(self._entries[-1], entry):
                self._entries[-1] = replace(self._entries[-1], until=wall, sentence=entry.sentence)
                return None
            self._entries.append(entry)
        self.news.set()
        return entry

    def mark(self, wall: float, sentence: str) -> None:
        """Record what is no decision: that the agent has started or stopped."""
        with self._lock:
            self._entries.append(Entry(wall, wall, told(sentence), None, None, 0, 0, acted=False))
        self.news.set()

    def recall(self, earlier: Iterable[Entry]) -> None:
        """Put the entries of an agent before this one in front."""
        with self._lock:
            self._entries = deque([*earlier, *self._entries], maxlen=KEPT)

    def latest(self, limit: int = KEPT) -> list[Entry]:
        """So many at most, the newest last."""
        with self._lock:
            entries = list(self._entries)
        return entries[-limit:]

    def entries(self, limit: int = KEPT) -> list[dict[str, Any]]:
        """The latest, as JSON takes them."""
        return [vars(entry).copy() for entry in self.latest(limit)]


def told(sentence: str) -> str:
    """The sentence, fit for a line of a file, a page and a terminal."""
    short = sentence if len(sentence) <= LONGEST_SENTENCE else sentence[: LONGEST_SENTENCE - 1] + "…"
    return printable(short)


# What the owner uses now and what they used within the calm window: to people it is one reason.
OWNER = {LimitName.CPU.value, LimitName.CALM.value}


def _alike(one: Entry, other: Entry) -> bool:
    same_reason = one.limit == other.limit or {one.limit, other.limit} <= OWNER
    same_numbers = (one.target, one.running, one.frozen) == (other.target, other.running, other.frozen)
    return same_reason and same_numbers and not one.acted
