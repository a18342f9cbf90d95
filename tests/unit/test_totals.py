"""Whose time it was: the sums behind the counters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancton.core.decide import decide
from plancton.core.exits import Exit
from plancton.core.memory import Memory, Rates
from plancton.core.observe import observe
from plancton.core.policy import Kind, Policy
from plancton.engine.desk import Request
from plancton.metrics.histogram import Histogram
from plancton.metrics.totals import Totals
from plancton.model import (
    Done,
    Ending,
    Failed,
    Freeze,
    Kill,
    Outcome,
    Pilot,
    PilotState,
    PoolCounters,
    Reap,
    Reason,
    Start,
    Stop,
    Thaw,
)
from tests.unit.makers import BLIND, NOW, WALL, calm, crew, pilot, sample, seen
from tests.unit.strategies import rates

POLICY = Policy()


def saw(totals: Totals, found: Rates, seconds: float, running: int = 0) -> None:
    at = seen(crew(running), rates=found)
    totals.see(sample(), at, decide(POLICY, calm(), at)[1], seconds)


def used(totals: Totals, *pilots: Pilot, seconds: float) -> None:
    """The sensor has read the counters of these pilots."""
    read = {p.id: seconds for p in pilots}
    totals.cpu_before_kill(read)


def reap(which: Pilot, ending: Ending | None) -> Done:
    return Done(Reap(which), NOW, 0.1, ending=ending)


def kill(which: Pilot, demanded_at: float = NOW) -> Kill:
    return Kill(which, Reason.OWNER_CPU, demanded_at)


def stopped() -> Done:
    return Done(Stop(pilot(), Reason.OWNER_CPU, NOW), NOW, 0.1)


@given(st.lists(st.tuples(rates(), st.floats(0.4, 30.0)), min_size=1, max_size=30))
def test_the_consumers_add_up_to_cores_times_time(series: list[tuple[Rates, float]]) -> None:
    totals = Totals(Policy())
    for found, seconds in series:
        saw(totals, found, seconds)
    whole = sum(found.capacity_cores * seconds for found, seconds in series)
    assert sum(totals.cpu_seconds.values()) == pytest.approx(whole)
    assert min(totals.cpu_seconds.values()) >= 0


counters = st.tuples(st.floats(0.0, 9.0), st.floats(0.0, 9.0), st.floats(0.0, 1.0))


@given(st.lists(counters, min_size=2, max_size=20))
def test_they_add_up_for_whatever_the_counters_say(steps: list[tuple[float, float, float]]) -> None:
    """Also where the pilots' counter runs ahead of the host's, or more is busy than there is."""
    totals, memory, capacity = Totals(Policy()), Memory(), 0.0
    busy = used_by_pilots = stolen = 0.0
    for second, step in enumerate(steps):
        busy, used_by_pilots, stolen = busy + step[0], used_by_pilots + step[1], stolen + step[2]
        one = sample(NOW + second, busy=busy, pilots=used_by_pilots, steal=stolen)
        memory, found = observe(memory, one)
        if isinstance(found.rates, Rates):
            totals.see(one, found, decide(POLICY, memory, found)[1], found.rates.interval_seconds)
            capacity += found.rates.capacity_cores
    assert sum(totals.cpu_seconds.values()) == pytest.approx(capacity)


def test_a_blind_second_is_nobodys() -> None:
    totals, at = Totals(Policy()), seen(rates=BLIND)
    totals.see(sample(), at, decide(POLICY, calm(), at)[1], 1.0)
    assert sum(totals.cpu_seconds.values()) == 0


def test_the_owner_is_impaired_while_pilots_hold_cores_that_are_wanted() -> None:
    totals = Totals(Policy())
    saw(totals, Rates(1.0, 8.0, 0.5, 7.0), 1.0, running=7)
    assert totals.owner_impact_seconds == 0
    saw(totals, Rates(1.0, 8.0, 6.0, 2.0), 1.0, running=7)
    assert totals.owner_impact_seconds == 1
    saw(totals, Rates(1.0, 8.0, 8.0, 0.01), 1.0, running=7)
    assert totals.owner_impact_seconds == 1


# --- fates


ENDED = Ending(0, out_of_memory=False, lifetime_seconds=600.0)


OUT_OF_MEMORY = Ending(137, out_of_memory=True, lifetime_seconds=600.0)


def test_time_is_useful_if_the_pilot_ended_by_itself_and_lost_if_anybody_killed_it() -> None:
    totals, (one, two, three, four, five) = Totals(Policy()), crew(5)
    used(totals, one, two, three, four, five, seconds=100.0)
    totals.account([Done(kill(two), NOW, 0.1), reap(two, ENDED), reap(one, ENDED), reap(three, None)])
    totals.account([reap(four, OUT_OF_MEMORY), reap(five, replace(ENDED, exit_code=137))])
    assert totals.pilot_cpu_seconds == {("default", "useful"): 100.0, ("default", "lost"): 400.0}


def test_the_figures_of_pilots_that_somebody_else_removed_are_dropped() -> None:
    totals, (one, two) = Totals(Policy()), crew(2)
    used(totals, one, two, seconds=100.0)
    totals.account([Done(kill(two), NOW, 0.1)])
    totals.keep({one.id})
    totals.account([reap(one, ENDED), reap(two, ENDED)])
    assert totals.pilot_cpu_seconds == {("default", "useful"): 100.0, ("default", "lost"): 0.0}


def test_what_was_created_and_never_ran_has_failed() -> None:
    totals = Totals(Policy())
    totals.account([reap(replace(pilot(), state=PilotState.CREATED), ENDED)])
    assert totals.exits[("default", "failed")] == 1


def test_a_failed_kill_is_not_a_kill() -> None:
    totals, one = Totals(Policy()), pilot()
    used(totals, one, seconds=5.0)
    totals.account([Failed(kill(one), NOW, 20.0, "no answer"), reap(one, ENDED)])
    assert totals.kills[("default", "owner_cpu")] == 0
    assert totals.pilot_cpu_seconds[("default", "useful")] == 5.0


def test_a_pilots_time_is_counted_once_and_with_the_latest_reading() -> None:
    totals, one = Totals(Policy()), pilot()
    for seconds in (1.0, 2.0, 3.5):
        read = sample()
        at = seen()
        pool = PoolCounters(9.0, frozenset({one.id}), {one.id: seconds})
        totals.see(type(read)(**{**vars(read), "pool": pool}), at, decide(POLICY, calm(), at)[1], 1.0)
    totals.account([reap(one, ENDED), reap(one, None)])
    assert totals.pilot_cpu_seconds[("default", "useful")] == 3.5


@pytest.mark.parametrize(
    ("before", "ending", "outcome"),
    [
        ([], ENDED, "done"),
        ([], Ending(1, out_of_memory=False, lifetime_seconds=1.0), "failed"),
        ([], Ending(137, out_of_memory=True, lifetime_seconds=1.0), "out_of_memory"),
        ([], None, "unknown"),
        ([Done(kill(pilot()), NOW, 0.1)], Ending(137, out_of_memory=False, lifetime_seconds=1.0), "killed"),
        ([Done(kill(pilot()), NOW, 0.1)], None, "killed"),
        ([stopped()], Ending(143, out_of_memory=False, lifetime_seconds=1.0), "stopped"),
        ([stopped()], Ending(0, out_of_memory=False, lifetime_seconds=1.0), "stopped"),
        ([stopped()], None, "stopped"),
        (
            [stopped(), Done(kill(pilot()), NOW, 0.1)],
            Ending(137, out_of_memory=False, lifetime_seconds=1.0),
            "killed",
        ),
    ],
)
def test_an_exit_has_one_outcome(before: list[Outcome], ending: Ending | None, outcome: str) -> None:
    totals = Totals(Policy())
    totals.account([*before, reap(pilot(), ending)])
    assert {k: n for k, n in totals.exits.items() if n} == {("default", outcome): 1}


def test_how_pilots_have_ended_is_told_by_kind() -> None:
    totals = Totals(Policy(named=(Kind("alice"), Kind("local"))))
    codes = (0, 75, 77, 69, 7)
    reaps = [reap(pilot(n, kind="alice"), Ending(code, False, 9.0)) for n, code in enumerate(codes)]
    ended = totals.account([*reaps, reaps[0]])
    assert ended[("alice", Exit.DONE)] == 2
    assert totals.ended() == {"alice": {"done": 2, "no_work": 1, "denied": 1, "unreachable": 1, "failed": 1}}


def test_starts_kills_and_releases_are_counted() -> None:
    totals, start = Totals(Policy()), Start("default-1", "default", WALL)
    totals.account([Done(start, NOW, 0.3, pilot=pilot()), Failed(start, NOW, 0.1, "no")])
    totals.account([Done(kill(pilot(), demanded_at=NOW - 1.2), NOW, 0.1)])
    assert totals.starts == {("default", "started"): 1, ("default", "failed"): 1}
    assert totals.kills[("default", "owner_cpu")] == 1
    assert (totals.start_seconds.sum, round(totals.release_seconds.sum, 3)) == (0.3, 1.2)


def test_each_rung_is_counted_and_a_core_comes_back_once() -> None:
    totals, frozen = Totals(Policy()), replace(pilot(), state=PilotState.FROZEN)
    totals.account(
        [
            Done(Freeze(pilot(), Reason.OWNER_CPU, NOW - 1.2), NOW, 0.1),
            Done(Thaw(frozen), NOW, 0.1),
            Done(Stop(frozen, Reason.OWNER_CPU, NOW - 60.0), NOW, 0.1),
            Done(Kill(frozen, Reason.OWNER_CPU, NOW - 70.0), NOW, 0.1),
            Failed(Freeze(pilot(2), Reason.OWNER_CPU, NOW), NOW, 0.1, "no"),
        ]
    )
    by_owner = ("default", "owner_cpu")
    assert (totals.freezes[by_owner], totals.thaws[("default",)]) == (1, 1)
    assert (totals.stops[by_owner], totals.kills[by_owner]) == (1, 1)
    assert dict(totals.release_seconds.buckets())["+Inf"] == 1
    assert round(totals.release_seconds.sum, 3) == 1.2


def test_a_core_that_comes_back_after_the_deadline_is_late() -> None:
    totals = Totals(Policy())
    for seconds in (2.9, 3.1, 40.0):
        done = Done(Freeze(pilot(), Reason.OWNER_CPU, NOW - seconds), NOW, 0.1)
        totals.account([done], deadline_seconds=3.0)
    totals.account([Done(kill(pilot(), demanded_at=NOW - 60.0), NOW, 0.1)])
    assert totals.releases_late == 2


def test_who_was_asked_to_end_first_is_not_late() -> None:
    """Its grace, and the time for which it was frozen before, are no delay."""
    totals = Totals(Policy())
    totals.account([stopped(), Done(kill(pilot(), demanded_at=NOW - 1810.0), NOW, 0.1)], deadline_seconds=3.0)
    assert (totals.releases_late, totals.release_seconds.sum) == (0, 0.0)


def test_calls_and_their_failures_are_counted() -> None:
    totals = Totals(Policy())
    totals.answered([Request("list", 0.02, None), Request("list", 20.0, "no answer")])
    assert totals.errors[("list",)] == 1
    assert totals.requests["list"].buckets()[-1] == ("+Inf", 2.0)


@given(st.lists(st.floats(0.0, 100.0)))
def test_a_histogram_counts_each_value_once_up_to_its_bound(observed: list[float]) -> None:
    histogram = Histogram((0.1, 1.0, 10.0))
    for value in observed:
        histogram.observe(value)
    assert dict(histogram.buckets()) == {
        **{str(bound): sum(v <= bound for v in observed) for bound in (0.1, 1.0, 10.0)},
        "+Inf": len(observed),
    }
    assert histogram.sum == pytest.approx(sum(observed))
