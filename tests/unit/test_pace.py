"""Pilots that end well and soon follow each other the more slowly the shorter they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancton.core.memory import Memory, Pace
from plancton.core.pace import ended_well, gap_seconds, started, still_short, waiting_seconds
from plancton.core.policy import Kind, Policy
from plancton.model import Start
from tests.unit.makers import NOW, WALL, pilot, seen

KIND = Kind(fizzle_seconds=30.0)
POLICY = Policy(default=KIND)
fizzles = st.floats(0.0, 3600.0)
lives = st.floats(0.0, 4000.0)


def after(kind: Kind, *lifetimes: float) -> Pace | None:
    pace: Pace | None = None
    for lifetime in lifetimes:
        pace = ended_well(kind, pace, lifetime, NOW, WALL)
    return pace


def gap_after(*lifetimes: float, kind: Kind = KIND) -> float:
    pace = after(kind, *lifetimes)
    return 0.0 if pace is None else gap_seconds(kind, pace)


@pytest.mark.parametrize(("mean", "gap"), [(0.0, 30.0), (2.0, 19.2), (5.0, 7.5), (10.0, 0.0), (20.0, 0.0)])
def test_the_law(mean: float, gap: float) -> None:
    assert gap_seconds(KIND, Pace(mean, NOW)) == pytest.approx(gap)


def test_the_first_eight_that_end_at_once_are_free() -> None:
    assert gap_after(*[0.0] * 8) == pytest.approx(0.0, abs=0.1)
    assert gap_after(*[0.0] * 12) > 4.0
    assert gap_after(*[0.0] * 40) == pytest.approx(30.0, rel=0.05)


def test_jobs_of_twenty_seconds_are_never_spaced() -> None:
    assert gap_after(*[20.0] * 500) == 0.0
    assert gap_after(*[20.0, 1.0] * 250) < 1.0


def test_who_was_held_back_is_soon_served_again() -> None:
    assert gap_after(*[0.0] * 200, *[20.0] * 6) == pytest.approx(0.0, abs=0.2)


def test_one_that_is_not_short_ends_it_at_once() -> None:
    assert after(KIND, *[0.0] * 200, 30.0) is None


def test_a_kind_that_calls_minutes_a_failure_is_spaced_no_more_than_others() -> None:
    patient = Kind(fizzle_seconds=600.0)
    assert gap_after(*[0.0] * 99, kind=patient) == gap_after(*[0.0] * 99)
    assert gap_after(*[40.0] * 99, kind=patient) == 0.0


def test_without_a_fizzle_nothing_is_short() -> None:
    assert after(Kind(fizzle_seconds=0.0), 0.0, 0.0) is None


@given(fizzles, st.lists(lives, min_size=1, max_size=60))
def test_a_gap_is_never_longer_than_the_shortest_honest_life(fizzle: float, lifetimes: list[float]) -> None:
    assert 0.0 <= gap_after(*lifetimes, kind=Kind(fizzle_seconds=fizzle)) <= min(fizzle, 30.0)


@given(fizzles, st.lists(lives, max_size=60), lives, lives)
def test_the_longer_the_last_one_lived_the_smaller_the_gap(
    fizzle: float, before: list[float], one: float, other: float
) -> None:
    kind = Kind(fizzle_seconds=fizzle)
    assert gap_after(*before, max(one, other), kind=kind) <= gap_after(*before, min(one, other), kind=kind)


def test_the_wait_counts_from_the_last_start() -> None:
    memory = Memory(paces={"default": Pace(0.0, NOW - 12.0)})
    assert waiting_seconds(POLICY, KIND, memory, NOW) == 18.0
    assert waiting_seconds(POLICY, KIND, memory, NOW + 60.0) == 0.0
    again = started(memory.paces, [Start("default-1", "default", WALL)], NOW + 60.0)
    assert waiting_seconds(POLICY, KIND, Memory(paces=again), NOW + 61.0) == 29.0


def test_a_gap_below_one_interval_is_none() -> None:
    assert waiting_seconds(POLICY, KIND, Memory(paces={"default": Pace(9.0, NOW)}), NOW) is None
    assert waiting_seconds(POLICY, KIND, Memory(), NOW) is None


@pytest.mark.parametrize(
    ("age", "ended_ago", "goes_on"), [(40.0, 50.0, False), (20.0, 50.0, True), (60.0, 50.0, True)]
)
def test_one_that_has_begun_since_and_lives_ends_it(age: float, ended_ago: float, goes_on: bool) -> None:  # noqa: FBT001
    paces = {"default": Pace(1.0, NOW - 60.0, WALL - ended_ago)}
    at = seen([pilot(age=age)])
    assert ("default" in still_short(POLICY, paces, at, at.known.alive)) is goes_on


def test_a_kind_that_has_left_is_forgotten() -> None:
    assert still_short(POLICY, {"old": Pace(1.0, NOW)}, seen(), ()) == {}
    assert started({}, [Start("default-1", "default", WALL)], NOW) == {}
