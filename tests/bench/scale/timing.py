"""How long the dashboards' questions take."""

from __future__ import annotations

import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.scale.expressions import Choice, Expression

REPEATS = 3


@dataclass(frozen=True)
class Timed:
    """What was asked, and the seconds of each time."""

    what: str
    text: str
    seconds: tuple[float, ...]
    bytes: int

    @property
    def middle(self) -> float:
        """The median."""
        return sorted(self.seconds)[len(self.seconds) // 2]


def time_all(
    url: str, expressions: list[Expression], choices: list[Choice], span_seconds: float
) -> list[Timed]:
    """Each several times, in rounds, so that a busy moment hits different ones."""
    asks: list[tuple[str, str, Callable[[], int]]] = []
    for one in expressions:
        what = f"{one.dashboard} / {one.panel}"
        asks.append((what, one.text, lambda one=one: _ask(url, one, span_seconds)))  # type: ignore[misc]
    for choice in choices:
        what = f"{choice.dashboard} / ${choice.variable}"
        asks.append((what, choice.series or choice.label, lambda choice=choice: _list(url, choice)))  # type: ignore[misc]
    taken: list[list[float]] = [[] for _ in asks]
    sizes = [0] * len(asks)
    for _ in range(REPEATS):
        for number, (_, _, ask) in enumerate(asks):
            began = time.monotonic()
            sizes[number] = ask()
            taken[number].append(time.monotonic() - began)
    return [
        Timed(what, text, tuple(seconds), size)
        for (what, text, _), seconds, size in zip(asks, taken, sizes, strict=True)
    ]


def _ask(url: str, one: Expression, span_seconds: float) -> int:
    """As Grafana would. There are only minutes of data: they get as many points as the hours of a panel."""
    now = time.time()
    if one.points == 1:
        return _get(f"{url}/api/v1/query", query=one.text, time=f"{now:.3f}")
    step = span_seconds / one.points
    return _get(
        f"{url}/api/v1/query_range",
        query=one.text,
        start=f"{now - span_seconds:.3f}",
        end=f"{now:.3f}",
        step=f"{step:.3f}",
    )


def _list(url: str, choice: Choice) -> int:
    matching = {} if choice.series is None else {"match[]": choice.series}
    return _get(f"{url}/api/v1/label/{choice.label}/values", **matching)


def _get(url: str, **parameters: str) -> int:
    asked = f"{url}?{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(asked, timeout=120) as answer:  # noqa: S310 - our own Prometheus
        return len(answer.read())
