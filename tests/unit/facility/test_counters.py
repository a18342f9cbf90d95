"""What one host's counters have counted, scrape by scrape."""

from __future__ import annotations

import pytest

from plancton.facility.counters import Key, Scrapes, Values, counted_in, gone_on, scrapes_of
from plancton.facility.prometheus import Row

STARTED, USEFUL = Key("started", "pc01", "lab"), Key("useful", "pc01", "lab", "default")
ELSEWHERE = {STARTED: Key("started", "pc01", "hall"), USEFUL: Key("useful", "pc01", "hall", "default")}
SINCE = 1000.0


def scrapes(*rows: tuple[float, float, float]) -> Scrapes:
    """(when, when the agent started, the counter)."""
    return {at: {STARTED: started, USEFUL: value} for at, started, value in rows}


@pytest.mark.parametrize(
    ("rows", "last", "expected"),
    [
        ([(1010, 500, 40), (1020, 500, 45)], {}, 5),
        ([(1010, 500, 40), (1020, 500, 45)], {STARTED: 500, USEFUL: 30}, 15),
        ([(1010, 500, 40), (1020, 1015, 7), (1030, 1015, 9)], {STARTED: 500, USEFUL: 40}, 9),
        # A start that has left no smaller value behind.
        ([(1010, 500, 4), (1020, 1015, 7)], {STARTED: 500, USEFUL: 4}, 7),
        # An agent that began while we looked, and one that had been there before.
        ([(1010, 1005, 3)], {}, 3),
        ([(1010, 900, 3)], {}, 0),
        # Out of sight for a while, and back as the same agent, or as another.
        ([(9010, 500, 90)], {STARTED: 500, USEFUL: 40}, 50),
        ([(9010, 8000, 90)], {STARTED: 500, USEFUL: 40}, 90),
    ],
)
def test_counted(rows: list[tuple[float, float, float]], last: Values, expected: float) -> None:
    last = dict(last)
    assert counted_in(scrapes(*rows), last, SINCE) == {USEFUL: expected}
    assert last[USEFUL] == rows[-1][2]


def test_a_host_that_moves_to_another_site_takes_nothing_along() -> None:
    last: Values = {STARTED: 1005.0, USEFUL: 40.0}
    moved = {
        at: {ELSEWHERE[key]: value for key, value in values.items()}
        for at, values in scrapes((1010, 1005, 45), (1020, 1005, 50)).items()
    }
    assert counted_in(moved, last, SINCE) == {ELSEWHERE[USEFUL]: 5}


def test_who_has_gone_on() -> None:
    before = {STARTED: 500.0, USEFUL: 40.0}
    assert gone_on(before, {STARTED: 500.0, USEFUL: 90.0}) == {"pc01"}
    assert gone_on(before, {STARTED: 501.0, USEFUL: 90.0}) == set()
    assert gone_on(before, {STARTED: 500.0}) == set()
    assert gone_on({STARTED: 500.0}, before) == set()
    assert gone_on(before, {}) == set()


def test_rows_of_a_range_become_scrapes() -> None:
    started = {
        "__name__": "plancton_start_time_seconds",
        "instance": "pc01",
        "site": "lab",
        "job": "plancton",
    }
    useful = {
        "__name__": "plancton_pilot_cpu_seconds_total",
        "instance": "pc01",
        "site": "lab",
        "kind": "default",
        "fate": "useful",
    }
    found = scrapes_of([Row(started, [(1.0, 500.0), (2.0, 500.0)]), Row(useful, [(2.0, 7.0)])])
    assert found == {"pc01": {1.0: {STARTED: 500.0}, 2.0: {STARTED: 500.0, USEFUL: 7.0}}}
