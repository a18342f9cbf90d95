"""A book of samples that answers the reader's queries as a Prometheus would; tests/e2e asks the real one."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from plancton.facility.counters import COUNTERS, START_TIME, Key
from plancton.facility.coverage import HERE
from plancton.facility.prometheus import Labels, Row, Sample

LOOKBACK = 300.0
NAMES = {"started": "plancton_start_time_seconds", "harvested": "plancton_cpu_seconds_total"}
WIDTH = re.compile(r"\[(?:(\d+)ms|(\d+)h)(?::(\d+)ms)?\]")


def labels_of(key: Key) -> Labels:
    """As the agents and the inventory give them."""
    found = {"instance": key.host, "job": "plancton"}
    found["__name__"] = NAMES.get(key.what, "plancton_pilot_cpu_seconds_total")
    if key.site:
        found["site"] = key.site
    if key.what == "harvested":
        found["consumer"] = "pilots"
    if key.what in {"useful", "lost"}:
        found |= {"kind": key.kind, "fate": key.what}
    return found


@dataclass
class Store:
    """Samples by series. `asked` keeps every query."""

    points: dict[Key, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    asked: list[str] = field(default_factory=list)

    def scrape(self, at: float, host: str, started: float, **values: float) -> None:
        """One scrape of a host on the site lab; useful and lost are of the kind default."""
        self.put(at, Key("started", host, "lab"), started)
        for what, value in values.items():
            self.put(at, Key(what, host, "lab", "" if what == "harvested" else "default"), value)

    def put(self, at: float, key: Key, value: float) -> None:
        self.points[key].append((at, value))

    def instant(self, expression: str, at: float) -> list[Sample]:
        self.asked.append(expression)
        width = _width(expression)
        if expression.startswith("count_over_time(count("):
            return self._anybody(expression, at)
        if expression.startswith(f"count_over_time({HERE}"):
            return [
                Sample(labels_of(key), float(count))
                for key, rows in self._of("started").items()
                if (count := sum(bool(self._latest(rows, step, LOOKBACK)) for step in _steps(expression, at)))
            ]
        if expression.startswith(f"count_over_time({START_TIME}"):
            return [
                Sample(labels_of(key), float(count))
                for key, rows in self._of("started").items()
                if (count := sum(at - width <= t <= at for t, _ in rows))
            ]
        assert expression in {COUNTERS, f"last_over_time({COUNTERS}[2h])"}, expression
        latest = ((key, self._latest(rows, at, width or LOOKBACK)) for key, rows in self.points.items())
        return [Sample(labels_of(key), point[1]) for key, point in latest if point]

    def samples(self, expression: str, at: float) -> list[Row]:
        self.asked.append(expression)
        named = re.search(r'instance=~"([^"]*)"', expression)
        hosts = re.compile(named[1].replace("\\\\", "\\")) if named else re.compile(".*")
        start = at - _width(expression)
        rows = [
            Row(labels_of(key), [(t, v) for t, v in points if start <= t <= at])
            for key, points in self.points.items()
            if hosts.fullmatch(key.host)
        ]
        return [row for row in rows if row.points]

    def _of(self, what: str) -> dict[Key, list[tuple[float, float]]]:
        return {key: rows for key, rows in self.points.items() if key.what == what}

    def _anybody(self, expression: str, at: float) -> list[Sample]:
        rows = list(self._of("started").values())
        count = sum(any(self._latest(r, step, LOOKBACK) for r in rows) for step in _steps(expression, at))
        return [Sample({}, float(count))] if count else []

    @staticmethod
    def _latest(rows: list[tuple[float, float]], at: float, back: float) -> tuple[float, float] | None:
        index = bisect_right(rows, (at, float("inf")))
        return rows[index - 1] if index and rows[index - 1][0] >= at - back else None


def _width(expression: str) -> float:
    found = WIDTH.search(expression)
    if not found:
        return 0.0
    return int(found[1]) / 1000 if found[1] else int(found[2]) * 3600.0


def _steps(expression: str, at: float) -> list[float]:
    """The moments of a subquery: multiples of its step."""
    found = WIDTH.search(expression)
    assert found
    step = int(found[3]) / 1000
    first = (at - _width(expression)) // step + 1
    return [n * step for n in range(int(first), int(at // step) + 1)]
