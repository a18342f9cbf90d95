"""Moments, durations and texts as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


def duration(seconds: float) -> str:
    """0m07s, 2h46m, 3d04h: two units are as exact as anybody wants it."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02}h"
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{rest:02}s"


def moment(wall: float, now: float) -> str:
    """Local time; with its day unless that is the day of `now`. Both are Unix time."""
    at = datetime.fromtimestamp(wall).astimezone()
    today = at.date() == datetime.fromtimestamp(now).astimezone().date()
    return at.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S")


def counted(numbers: Mapping[str, int]) -> str:
    """12 done, 3 no_work."""
    return ", ".join(f"{number} {name}" for name, number in numbers.items())


def printable(text: str) -> str:
    """Without what would move a terminal's cursor or end a line: some words come from engines and users."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
