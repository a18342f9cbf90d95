"""The last decisions, for `plancton why`. What repeats itself is told once, with how long it held."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from plancton.core.decide import Decision
from plancton.core.limits import LimitName

KEPT = 500


@dataclass(frozen=True)
class Entry:
    """A decision that held from `at` to `until` (Unix time); the sentence is that of its last second."""

    at: float
    until: float
    sentence: str
    limit: str
    target: int | None
    running: int
    frozen: int
    acted: bool


class History:
    """Written by the loop, read by the web server's threads."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def add(self, wall: float, decision: Decision, sentence: str, *, acted: bool) -> Entry | None:
        """Record a decision. Gives the entry if it is a new one, None if the last one goes on.

        `acted`: pilots were started or killed, which is told each time.
        """
        limit = decision.binding.name.value
        numbers = (decision.target, decision.running, decision.frozen)
        entry = Entry(wall, wall, sentence, limit, *numbers, acted)
        if self._entries and not acted and _alike(self._entries[-1], entry):
            self._entries[-1] = replace(self._entries[-1], until=wall, sentence=sentence)
            return None
        self._entries.append(entry)
        return entry

    def entries(self) -> list[dict[str, Any]]:
        """The newest last, as JSON takes them."""
        return [vars(entry).copy() for entry in list(self._entries)]


# What the owner uses now and what they used within the calm window: to people it is one reason.
OWNER = {LimitName.CPU.value, LimitName.CALM.value}


def _alike(one: Entry, other: Entry) -> bool:
    same_reason = one.limit == other.limit or {one.limit, other.limit} <= OWNER
    same_numbers = (one.target, one.running, one.frozen) == (other.target, other.running, other.frozen)
    return same_reason and same_numbers and not one.acted
