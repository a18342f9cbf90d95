"""Counters become rates, and every way in which counters misbehave is Missing, not a number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plancton.core.memory import Memory, Rates
from plancton.core.observe import observe
from plancton.model import Missing, Sample
from tests.unit.makers import BLIND, NOW, sample


def rates_of(*samples: Sample) -> Rates | Missing:
    memory = Memory()
    for one in samples:
        memory, seen = observe(memory, one)
    return seen.rates


def why(*samples: Sample) -> str:
    rates = rates_of(*samples)
    assert isinstance(rates, Missing)
    return rates.why


def test_owner_is_what_the_host_was_busy_with_less_the_pilots() -> None:
    assert rates_of(sample(), sample(NOW + 2, busy=6.0, pilots=2.0)) == Rates(2.0, 4.0, 2.0, 1.0)


def test_the_first_reading_gives_no_rate() -> None:
    assert why(sample()) == "the first reading: a rate needs two"


@pytest.mark.parametrize("before", [sample(busy=5.0), sample(pilots=5.0), sample(steal=5.0)])
def test_a_counter_that_jumps_back_is_missing_and_the_next_tick_is_well(before: Sample) -> None:
    after = sample(NOW + 1, busy=0.0)
    assert why(before, after) == "a CPU counter jumped back"
    assert rates_of(before, after, sample(NOW + 2, busy=1.0)) == Rates(1.0, 4.0, 1.0, 0.0)


@pytest.mark.parametrize("cores", [2, 8])
def test_cores_going_off_or_on_line_are_missing_for_one_tick(cores: int) -> None:
    changed = sample(NOW + 1, cores=cores)
    assert why(sample(), changed) == f"the number of cores changed from 4 to {cores}"
    assert rates_of(sample(), changed, sample(NOW + 2, cores=cores)) == Rates(1.0, float(cores), 0.0, 0.0)


def test_an_early_tick_keeps_the_rates_and_the_baseline() -> None:
    usual, early = sample(NOW + 1, busy=1.0), sample(NOW + 1.01, busy=1.04)
    assert rates_of(sample(), usual, early) == rates_of(sample(), usual)
    assert rates_of(sample(), usual, early, sample(NOW + 2, busy=3.0)) == Rates(1.0, 4.0, 2.0, 0.0)


def test_stolen_time_is_capacity_that_is_not_there() -> None:
    assert rates_of(sample(), sample(NOW + 1, busy=1.0, steal=1.5)) == Rates(1.0, 2.5, 1.0, 0.0)


def test_more_stolen_than_there_is_leaves_nothing_and_not_less() -> None:
    assert rates_of(sample(), sample(NOW + 1, busy=1.0, steal=9.0)) == Rates(1.0, 0.0, 0.0, 0.0)


def test_pilots_above_busy_leave_an_owner_of_zero() -> None:
    assert rates_of(sample(), sample(NOW + 1, busy=2.0, pilots=2.1)) == Rates(1.0, 4.0, 0.0, 2.1)


def test_owner_and_pilots_never_exceed_the_cores() -> None:
    assert rates_of(sample(), sample(NOW + 1, busy=5.0, pilots=3.0)) == Rates(1.0, 4.0, 1.0, 3.0)
    assert rates_of(sample(), sample(NOW + 1, busy=9.0, pilots=9.0)) == Rates(1.0, 4.0, 0.0, 4.0)


@pytest.mark.parametrize("step", [0.0, -1.0])
def test_a_clock_that_does_not_advance_gives_no_rate(step: float) -> None:
    assert why(sample(), sample(NOW + step, busy=1.0)) == "the clock did not advance"


@pytest.mark.parametrize("field", ["cpu", "pool"])
def test_a_missing_counter_is_missing_with_its_reason_and_breaks_the_series(field: str) -> None:
    usual = sample(NOW + 1, busy=1.0)
    gap = replace(sample(NOW + 2), cpu=BLIND) if field == "cpu" else replace(sample(NOW + 2), pool=BLIND)
    assert why(sample(), usual, gap) == BLIND.why
    assert why(sample(), usual, gap, sample(NOW + 3)) == "the first reading: a rate needs two"
