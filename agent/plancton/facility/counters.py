"""The agents' counters as a Prometheus has them: which are read, and what they counted between samples."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from plancton.facility.prometheus import Labels, Row, Sample

JOB = 'job="plancton"'
# When an agent has started: with another value all its counters have begun at zero again.
START_TIME = f"plancton_start_time_seconds{{{JOB}}}"
STARTED = "started"
# One selector for all, so that one answer is one moment. A label that a counter has not got is empty.
COUNTERS = (
    '{__name__=~"plancton_start_time_seconds|plancton_cpu_seconds_total|plancton_pilot_cpu_seconds_total",'
    f'consumer=~"pilots|",{JOB}}}'
)
MEANINGS = {"plancton_start_time_seconds": STARTED, "plancton_cpu_seconds_total": "harvested"}


class Key(NamedTuple):
    """One series of one host. `what`: harvested, useful or lost, in core-seconds; started, the Unix time.

    `kind` belongs to useful and lost.
    """

    what: str
    host: str
    site: str
    kind: str = ""


Values = dict[Key, float]
# Of one host: Unix time → what its counters were then.
Scrapes = dict[float, Values]


class Source(Protocol):
    """Where samples come from; see Prometheus."""

    def instant(self, expression: str, at: float) -> list[Sample]:
        """The vector at a moment."""

    def samples(self, expression: str, at: float) -> list[Row]:
        """All samples of a range selector."""


def key_of(labels: Labels) -> Key:
    """Which counter a series is."""
    what = MEANINGS.get(labels.get("__name__", "")) or labels.get("fate", "")
    return Key(what, labels.get("instance", ""), labels.get("site", ""), labels.get("kind", ""))


def values_of(samples: Iterable[Sample]) -> Values:
    """The counters of all hosts at one moment."""
    return {key_of(sample.labels): sample.value for sample in samples}


def scrapes_of(rows: Iterable[Row]) -> dict[str, Scrapes]:
    """The counters of each host, scrape by scrape."""
    found: dict[str, Scrapes] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        key = key_of(row.labels)
        for at, value in row.points:
            found[key.host][at][key] = value
    return found


def counted_in(scrapes: Scrapes, last: Values, since: float) -> Values:
    """What one host's counters have counted. `last`, its latest values before, is brought up to date.

    Counters count from zero where their agent has started anew, or appears having started after `since` (Unix
    time); else one that appears counts from what it shows first.
    """
    counted: Values = defaultdict(float)
    for at in sorted(scrapes):
        values = scrapes[at]
        anew = _anew(values, last, since)
        for key, value in values.items():
            if key.what != STARTED:
                before = 0.0 if anew else last.get(key, value)
                counted[key] += max(value - before, 0.0)
        last.update(values)
    return counted


def _anew(values: Values, last: Values, since: float) -> bool:
    started, known = _starts(values), _starts(last)
    return bool(started - known) if known else any(at > since for at in started)


def _starts(values: Values) -> set[float]:
    return {value for key, value in values.items() if key.what == STARTED}


def add(total: Values, more: Values) -> None:
    """Add to each counter of a total, which has a zero for those that it has not got."""
    for key, value in more.items():
        total[key] += value


def gone_on(before: Values, after: Values) -> set[str]:
    """The hosts that have the same counters at both moments, of an agent that has not been restarted."""
    changed = {key.host for key in before.keys() ^ after.keys()}
    changed |= {key.host for key, value in after.items() if key.what == STARTED and before.get(key) != value}
    return {key.host for key in after} - changed


def series_per_host(values: Values) -> Counter[str]:
    """How many counters each host has."""
    return Counter(key.host for key in values)
