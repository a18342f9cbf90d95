"""Reading counters from a store of samples: the truth is what agents counted, as far as it was scraped."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancton.facility import reader
from plancton.facility.counters import Key
from plancton.facility.periods import Period, parts
from plancton.facility.reader import Reader
from tests.unit.facility.store import Store

START, HOUR, EVERY = 1_790_000_000.0, 3600.0, 60.0


@dataclass(frozen=True)
class Life:
    """An agent that runs from one minute to another and counts so many seconds a minute; unseen for some."""

    start: int
    end: int
    speed: int
    unseen: range = range(0)


def scrape(store: Store, host: str, life: Life) -> float:
    """What is counted: from when it was first seen, unless it starts within the report, to the last time."""
    seen = []
    for minute in range(life.start, life.end):
        if minute not in life.unseen:
            value = float((minute - life.start) * life.speed)
            store.scrape(START + minute * EVERY + 0.5, host, START + life.start * EVERY, useful=value)
            if minute >= 0:
                seen.append(value)
    if not seen:
        return 0.0
    before = [
        v
        for m in range(max(life.start, -120), 0)
        if m not in life.unseen
        for v in [(m - life.start) * life.speed]
    ]
    first = before[-1] if before else (0.0 if life.start >= 0 else seen[0])
    return seen[-1] - first


def total(store: Store, windows: list[Period]) -> dict[str, float]:
    reading = Reader(store, windows[0].start)
    found: dict[str, float] = {}
    for window in windows:
        for key, seconds in reading.read(window).items():
            found[key.host] = found.get(key.host, 0.0) + seconds
    return found


def whole(hours: float) -> Period:
    return Period(START, START + hours * HOUR)


def test_a_steady_host_needs_no_samples() -> None:
    store = Store()
    expected = scrape(store, "pc01", Life(-30, 24 * 60, 3))
    assert total(store, [whole(24)]) == {"pc01": expected}
    assert not [query for query in store.asked if query.startswith("{") and "[" in query]


def test_only_those_that_restarted_are_read_sample_by_sample() -> None:
    store = Store()
    scrape(store, "pc01", Life(-30, 24 * 60, 3))
    expected = scrape(store, "pc-02.lab", Life(-30, 100, 3)) + scrape(
        store, "pc-02.lab", Life(110, 24 * 60, 5)
    )
    assert total(store, [whole(24)])["pc-02.lab"] == expected
    [query] = [query for query in store.asked if query.startswith("{") and "[" in query]
    assert r'instance=~"pc\\-02\\.lab"' in query


def test_an_hour_out_of_sight_over_midnight_is_counted_when_the_host_is_back() -> None:
    store = Store()
    scrape(store, "pc01", Life(-30, 24 * 60, 3, unseen=range(11 * 60 + 30, 12 * 60 + 30)))
    days = parts(whole(24), 2)
    reading = Reader(store, START)
    first, second = (sum(reading.read(day).values()) for day in days)
    assert first == 3 * (11 * 60 + 30)
    assert first + second == 3 * 24 * 60


def test_two_reports_in_a_row_add_up_to_one_of_both() -> None:
    store = Store()
    for life in (Life(-30, 350, 3, unseen=range(300, 340)), Life(360, 700, 7, unseen=range(430, 470))):
        scrape(store, "pc01", life)
    first, second = Period(START, START + 330 * EVERY), Period(START + 330 * EVERY, START + 700 * EVERY)
    both = total(store, [Period(first.start, second.end)])["pc01"]
    assert total(store, [first])["pc01"] + total(store, [second])["pc01"] == both


def test_large_answers_are_asked_for_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    expected = scrape(store, "pc01", Life(-5, 200, 3)) + scrape(store, "pc01", Life(220, 24 * 60, 5))
    monkeypatch.setattr(reader, "MOST_SAMPLES", 300)
    assert total(store, [whole(24)]) == {"pc01": expected}
    widths = [query.split("[")[1] for query in store.asked if query.startswith("{") and "[" in query]
    # The parts with nothing but a steady agent, or with none, are not read.
    assert widths
    assert all(width == "7200000ms]" for width in widths)
    assert len(widths) <= 3


def test_many_hosts_are_not_named_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    monkeypatch.setattr(reader, "MOST_NAMED", 3)
    expected = {f"pc{n:02}": scrape(store, f"pc{n:02}", Life(5, 55, n)) for n in range(1, 6)}
    scrape(store, "steady", Life(-5, 70, 100))
    assert total(store, [whole(1)]) == {**expected, "steady": 60 * 100}
    assert not any("instance" in query for query in store.asked)


def test_what_is_not_seen_is_not_there() -> None:
    store = Store()
    scrape(store, "gone", Life(-300, -200, 3))
    assert total(store, [whole(2)]) == {}


def test_series_are_kept_apart() -> None:
    store = Store()
    for minute in range(-1, 61):
        at = START + minute * EVERY + 0.5
        store.scrape(
            at, "pc01", START - 999, harvested=minute * 60.0, useful=minute * 50.0, lost=minute * 10.0
        )
        store.put(at, Key("useful", "pc01", "lab", "alice"), minute * 1.0)
    assert Reader(store, START).read(whole(1)) == {
        Key("harvested", "pc01", "lab"): 3600 - 60 + 60,
        Key("useful", "pc01", "lab", "default"): 3000,
        Key("lost", "pc01", "lab", "default"): 600,
        Key("useful", "pc01", "lab", "alice"): 60,
    }


lives = st.lists(
    st.tuples(st.integers(1, 60), st.integers(0, 30), st.integers(0, 9), st.integers(0, 20)), max_size=8
)


@given(lives, st.integers(-200, 5), st.integers(1, 6))
def test_whatever_a_host_does_the_sum_is_what_it_counted(
    plan: list[tuple[int, int, int, int]], start: int, pieces: int
) -> None:
    store, expected, minute = Store(), 0.0, start
    for lasts, away, speed, unseen in plan:
        middle = minute + lasts // 2
        expected += scrape(store, "pc01", Life(minute, minute + lasts, speed, range(middle, middle + unseen)))
        minute += lasts + away
    hours = max((minute + 1) * EVERY, EVERY) / HOUR
    found = total(store, parts(whole(hours), pieces))
    assert found.get("pc01", 0.0) == pytest.approx(expected)
