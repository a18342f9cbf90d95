"""Whose time it was: core-hours harvested, useful and lost, by site, host and kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from plancton.facility.counters import Key, Source, Values, add
from plancton.facility.coverage import Coverage, covered
from plancton.facility.periods import Every, Period, days, periods
from plancton.facility.reader import Reader

HOUR = 3600.0


class By(Enum):
    """What the figures are told for."""

    SITE = "site"
    HOST = "host"
    KIND = "kind"


@dataclass(frozen=True)
class Account:
    """Core-hours. `harvested`: what pilots used, whatever became of it; None by kind, which is not measured.

    `useful` and `lost`: of the pilots that ended in this time, all that they used in their lives.
    `hosts`: how many were seen; `data_share`: of how much of the time there is data of one, their mean.
    """

    of: tuple[str, ...]
    harvested: float | None
    useful: float
    lost: float
    hosts: int
    data_share: float

    @property
    def lost_share(self) -> float | None:
        """Of the work of pilots that ended; None if none did."""
        ended = self.useful + self.lost
        return self.lost / ended if ended else None


@dataclass(frozen=True)
class Statement:
    """One period: its rows, and all of it. `any_host_share`: of how much there is data of any host."""

    period: Period
    rows: tuple[Account, ...]
    total: Account
    any_host_share: float


def statements(
    source: Source,
    whole: Period,
    by: Sequence[By],
    every: Every | None,
    tell: Callable[[float], None] = lambda _: None,
) -> list[Statement]:
    """One for each period, the oldest first. `tell` hears what share of the time has been read."""
    reader = Reader(source, whole.start)
    found = []
    for period in periods(whole.start, whole.end, every):
        values: Values = defaultdict(float)
        coverage = Coverage()
        # No query is about more than a day: a month of a large facility would take longer than one may.
        for day in days(period):
            add(values, reader.read(day))
            coverage.add(covered(source, day))
            tell((day.end - whole.start) / whole.seconds)
        found.append(statement(period, values, coverage, by))
    return found


def statement(period: Period, values: Values, coverage: Coverage, by: Sequence[By]) -> Statement:
    """Group what was counted in a period."""
    groups: dict[tuple[str, ...], Values] = defaultdict(dict)
    for key, seconds in values.items():
        # By kind, hosts have no figure of their own, and every kind has one.
        if not (By.KIND in by and key.what == "harvested"):
            groups[_group(key, by)][key] = seconds
    rows = [_account(of, members, coverage, by) for of, members in sorted(groups.items())]
    share = coverage.any_host_seconds / coverage.seconds if coverage.seconds else 0.0
    return Statement(period, tuple(rows), _account((), values, coverage, ()), share)


def _group(key: Key, by: Iterable[By]) -> tuple[str, ...]:
    return tuple({By.SITE: key.site, By.HOST: key.host, By.KIND: key.kind}[one] for one in by)


def _account(of: tuple[str, ...], values: Values, coverage: Coverage, by: Sequence[By]) -> Account:
    def hours(what: str) -> float:
        return sum(seconds for key, seconds in values.items() if key.what == what) / HOUR

    hosts = {(key.host, key.site) for key in values}
    seen = sum(coverage.by_host.get(host, 0.0) for host in hosts)
    return Account(
        of,
        None if By.KIND in by else hours("harvested"),
        hours("useful"),
        hours("lost"),
        len(hosts),
        seen / (coverage.seconds * len(hosts)) if hosts and coverage.seconds else 0.0,
    )
