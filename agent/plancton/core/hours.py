"""The hours of the week in which pilots are welcome, as the clock on the wall shows them.

Only weekday and minute count, never seconds since some moment: where the clock is put forward an hour
that does not exist is in no window, and one that comes twice when it is put back is in it twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from plancton.readings import LocalTime

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class Hours:
    """A window that begins on each of `days` (0 is Monday). Minutes since midnight; `end` is excluded.

    A window whose end is not after its begin passes midnight: it ends on the day after.
    """

    days: frozenset[int]
    begin: int = 0
    end: int = DAY_MINUTES

    def covers(self, at: LocalTime) -> bool:
        """Whether that minute is within."""
        if self.begin < self.end:
            return at.weekday in self.days and self.begin <= at.minute < self.end
        evening = at.weekday in self.days and at.minute >= self.begin
        return evening or ((at.weekday - 1) % len(DAYS) in self.days and at.minute < self.end)

    def __str__(self) -> str:
        days = ",".join(DAYS[day] for day in sorted(self.days))
        if (self.begin, self.end) == (0, DAY_MINUTES):
            return days
        return f"{days} {_clock(self.begin)}-{_clock(self.end)}"


def within(windows: Iterable[Hours], at: LocalTime) -> bool:
    """Whether any of the windows covers that minute."""
    return any(window.covers(at) for window in windows)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
