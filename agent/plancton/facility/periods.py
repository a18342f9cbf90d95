"""From one moment to another, and the days and months between, as the local calendar has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise


class Every(Enum):
    """How long a row of a report is."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True)
class Period:
    """Unix times: what is after `start`, up to `end`. `name` is a day, a month or empty."""

    start: float
    end: float
    name: str = ""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.end - self.start


def periods(start: float, end: float, every: Every | None) -> list[Period]:
    """Adjoining periods: the first and the last as much of a day or month as there is between the two."""
    if every is None:
        return [Period(start, end)]
    edges = [start, *_turns(start, end, every), end]
    return [Period(a, b, _named(a, every)) for a, b in pairwise(edges)]


def days(period: Period) -> list[Period]:
    """The same time in pieces that end at midnight."""
    return periods(period.start, period.end, Every.DAY)


def parts(period: Period, count: int) -> list[Period]:
    """The same time in so many pieces of one length."""
    edges = [*(period.start + period.seconds * part / count for part in range(count)), period.end]
    return [Period(a, b) for a, b in pairwise(edges)]


def start_of_month(now: float) -> float:
    """Its first moment."""
    return _first(_local(now), Every.MONTH).timestamp()


def _turns(start: float, end: float, every: Every) -> list[float]:
    """Each midnight, or first of a month, strictly between two moments."""
    found = []
    turn = _first(_local(start), every)
    while turn.timestamp() < end:
        if turn.timestamp() > start:
            found.append(turn.timestamp())
        # 40 days after the first of a month are in the next one.
        turn = _first(turn + timedelta(days=1 if every is Every.DAY else 40), every)
    return found


def _local(wall: float) -> datetime:
    # Naive, since calendars are: a day on which clocks are changed has 23 or 25 hours.
    return datetime.fromtimestamp(wall).astimezone().replace(tzinfo=None)


def _first(moment: datetime, every: Every) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if every is Every.DAY else midnight.replace(day=1)


def _named(start: float, every: Every) -> str:
    return _local(start).strftime("%Y-%m-%d" if every is Every.DAY else "%Y-%m")
