"""What counters have counted between two moments, exactly, whatever restarted, came, went or was away.

The sums of a recording rule's `increase` would be cheaper and are not exact: the core-hours of a pilot are
counted in one step when it ends, and one of twenty such steps falls between two windows of five minutes, and
the others are extrapolated. Here a host that was seen at both ends of a window, and whose agent went on,
contributes a plain difference of two values. Of the others every sample is read, in windows that fit into one
answer.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict

from plancton.facility.counters import (
    COUNTERS,
    START_TIME,
    STARTED,
    Key,
    Source,
    Values,
    add,
    counted_in,
    gone_on,
    scrapes_of,
    series_per_host,
    values_of,
)
from plancton.facility.periods import Period, parts

# One answer has no more samples than this, some 12 MB, unless its window is of the shortest.
MOST_SAMPLES = 500_000
SHORTEST_SECONDS = 900.0
PARTS = 12
# A host that was out of sight as a report begins counts from what was seen of it so long before.
BEFORE = "2h"
# So many are named in a query; of more all are asked for.
MOST_NAMED = 200


class Reader:
    """Reads adjoining windows, the oldest first. What one misses is counted when the host comes back."""

    def __init__(self, source: Source, start: float) -> None:
        self._source = source
        self._start = start
        self._edge = self._values(COUNTERS, start)
        self._last: dict[str, Values] = defaultdict(dict)
        for key, value in self._values(f"last_over_time({COUNTERS}[{BEFORE}])", start).items():
            self._last[key.host][key] = value

    def read(self, window: Period) -> Values:
        """Core-seconds that were counted in a window, which begins where the last one ended."""
        counted: Values = defaultdict(float)
        self._read(window, None, counted)
        return counted

    def _read(self, window: Period, only: set[str] | None, counted: Values) -> None:
        """`only`: the hosts that matter; None if all do."""
        after = self._values(COUNTERS, window.end)
        samples = self._samples(window)
        seen = samples.keys() if only is None else samples.keys() & only
        restless = seen - gone_on(self._edge, after)
        self._subtract(after, seen - restless, counted)
        series = series_per_host(after)
        if window.seconds <= SHORTEST_SECONDS or _answerable(samples, restless, series):
            self._follow(window, restless, counted)
            self._edge = after
            return
        for part in parts(window, PARTS):
            self._read(part, restless, counted)

    def _samples(self, window: Period) -> Counter[str]:
        """How many scrapes there are of each host that was seen."""
        found = self._source.instant(f"count_over_time({START_TIME}{_width(window)})", window.end)
        return Counter({sample.labels.get("instance", ""): int(sample.value) for sample in found})

    def _subtract(self, after: Values, hosts: set[str], counted: Values) -> None:
        for key, value in after.items():
            if key.host in hosts and key.what != STARTED:
                counted[key] += max(value - self._edge[key], 0.0)
                self._last[key.host][key] = value

    def _follow(self, window: Period, hosts: set[str], counted: Values) -> None:
        if not hosts:
            return
        rows = self._source.samples(f"{_selector(hosts)}{_width(window)}", window.end)
        for host, scrapes in scrapes_of(rows).items():
            if host in hosts:
                add(counted, counted_in(scrapes, self._last[host], self._start))

    def _values(self, expression: str, at: float) -> Values:
        return values_of(self._source.instant(expression, at))


def _answerable(samples: Counter[str], hosts: set[str], series: Counter[str]) -> bool:
    # A host that has gone shows no series now: as many as the others have.
    usual = max(series.values(), default=len(Key._fields))
    return sum(samples[host] * (series[host] or usual) for host in hosts) <= MOST_SAMPLES


def _selector(hosts: set[str]) -> str:
    if len(hosts) > MOST_NAMED:
        return COUNTERS
    named = json.dumps("|".join(map(re.escape, sorted(hosts))), ensure_ascii=False)
    return f"{COUNTERS[:-1]},instance=~{named}}}"


def _width(window: Period) -> str:
    return f"[{max(round(window.seconds * 1000), 1)}ms]"
