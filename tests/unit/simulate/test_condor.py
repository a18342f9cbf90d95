"""HTCondor's desktop policy, in cases small enough to be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

from plancton.simulate.condor import Desktop
from plancton.simulate.demand import Demand, Step
from tests.unit.simulate.makers import EIGHT, GIB, demand
from tests.unit.simulate.test_baselines import history, on


def with_presence(*spans: tuple[float, bool]) -> Demand:
    return Demand("test", EIGHT, 7200.0, tuple(Step(at, 0.0, GIB, present) for at, present in spans))


def test_it_starts_after_fifteen_minutes_without_a_hand_at_the_keyboard() -> None:
    assert history(Desktop(), on(with_presence((0.0, True), (100.0, False))), 3600) == {1005: (8, 0)}


def test_it_suspends_at_once_when_the_keyboard_is_touched_and_continues_after_five_minutes() -> None:
    of = with_presence((0.0, False), (1000.0, True), (1100.0, False))
    assert history(Desktop(), on(of), 3600) == {0: (8, 0), 1000: (0, 8), 1405: (8, 0)}


def test_it_vacates_what_has_been_suspended_for_ten_minutes() -> None:
    it = on(with_presence((0.0, False), (1000.0, True), (5000.0, False)))
    found = history(Desktop(), it, 7200)
    # Asked to end at 1605 it is thawed for that, and gone two seconds later. New ones: 15 minutes later.
    assert found == {0: (8, 0), 1000: (0, 8), 1605: (0, 0), 5905: (8, 0)}
    assert it.score.lost > 8 * 1000


def test_load_suspends_slot_by_slot_after_two_minutes() -> None:
    """Two cores' worth of load are two slots', the first ones where none is empty."""
    it = on(demand((1000.0, 2.0), seconds=7200.0))
    found = history(Desktop(), it, 1500)
    (at, now) = list(found.items())[1]
    # A load averaged over a minute takes 17 s to reach 0.5 of 2, and 42 s to reach 1.5 for the second.
    assert found[0] == (8, 0)
    assert 1000 + 17 + 120 < at < 1000 + 17 + 120 + 15
    assert now == (7, 1)
    assert list(found.values())[2] == (6, 2)
    assert len(found) == 3


def test_short_loads_suspend_nothing() -> None:
    """Twenty seconds on every core: the average is down again before two minutes are over."""
    bursts = [(1000.0 + 300 * i, 8.0) for i in range(5)] + [(1020.0 + 300 * i, 0.0) for i in range(5)]
    it = on(demand(*sorted(bursts), seconds=7200.0))
    assert history(Desktop(), it, 3000) == {0: (8, 0)}


def test_it_does_not_start_on_a_busy_machine() -> None:
    of = with_presence((0.0, True), (100.0, False))
    busy = [step._replace(cores=8.0) for step in of.steps]
    assert history(Desktop(), on(replace(of, steps=tuple(busy))), 3600) == {}
    # Half a core is the load of one slot; the others start.
    half = [step._replace(cores=0.5) for step in of.steps]
    assert history(Desktop(), on(replace(of, steps=tuple(half))), 3600) == {1005: (7, 0)}
