"""The largest value of the last so many seconds, at a constant cost per tick."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """Pairs (time, value) whose values fall: what a later, larger value hides is not kept.

    `since` is when the unbroken series of readings began; a reading that failed breaks it.
    """

    since: float | None = None
    peaks: tuple[tuple[float, float], ...] = ()

    def push(self, now: float, value: float, length_seconds: float) -> Window:
        """The window with one more reading, and without what is older than its length."""
        kept = tuple((t, v) for t, v in self.peaks if v > value and t >= now - length_seconds)
        return Window(now if self.since is None else self.since, (*kept, (now, value)))

    def covers(self, now: float, length_seconds: float) -> bool:
        """Whether readings go back that far without a gap."""
        return self.since is not None and now - self.since >= length_seconds

    def peak_of_last(self, now: float, seconds: float) -> float:
        """The largest value of the last so many seconds, within the window's length."""
        return next((value for time, value in self.peaks if time >= now - seconds), 0.0)
