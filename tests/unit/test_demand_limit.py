"""A kind whose pool tells its demand: what is started, what is asked for, and what is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plancton.core.decide import Decision, decide
from plancton.core.limits import LimitName
from plancton.core.memory import Backoff, Memory
from plancton.core.policy import Kind, Policy
from plancton.core.repertoire import limits_of
from plancton.model import COMING_SECONDS, DemandReading, Missing, Reap, Start, Wants, Wish, WishKind
from tests.unit.makers import NOW, WALL, calm, pilot, seen
from tests.unit.simulated_host import SimulatedHost

ASKED = Kind(demand_probe_seconds=3600.0)
POLICY = Policy(default=ASKED, ramp_pilots=100)
EMPTY = DemandReading(0, 0, NOW)
UNKNOWN = Missing("pool:10017: it takes too long")


def decided(
    reading: DemandReading | Missing | None,
    *pilots: object,
    memory: Memory | None = None,
    policy: Policy = POLICY,
) -> tuple[Memory, Decision]:
    at = replace(seen(pilots), demand={"default": reading})  # type: ignore[arg-type]
    return decide(policy, memory or calm(), at)


def starts(decision: Decision) -> int:
    return sum(isinstance(action, Start) for action in decision.actions)


def test_where_no_job_waits_one_probe_is_started_and_told() -> None:
    memory, decision = decided(EMPTY)
    assert starts(decision) == 1
    assert (decision.binding.name, decision.binding.because) == (LimitName.DEMAND, "no job waits; one probe")
    assert memory.last_starts == {"default": (NOW,)}


def test_the_next_probe_waits_for_its_time() -> None:
    soon = replace(calm(), last_starts={"default": (NOW - 3599.0,)})
    _, decision = decided(EMPTY, memory=soon)
    assert (starts(decision), decision.binding.because) == (0, "no job waits; next probe in 1 s")
    assert starts(decided(EMPTY, memory=replace(soon, last_starts={"default": (NOW - 3600.0,)}))[1]) == 1


def test_beside_pilots_that_are_there_no_probe_is_needed_and_none_of_them_goes() -> None:
    _, decision = decided(EMPTY, pilot(1), pilot(2))
    assert (decision.actions, decision.target, decision.binding.because) == ((), 2, "no job waits")


def test_as_many_as_are_granted_are_started_at_once() -> None:
    _, decision = decided(DemandReading(40, 3, NOW - 2.0), pilot(1))
    assert starts(decision) == 3
    assert decision.binding.because == "40 jobs wait, 3 more pilots are for them"


def test_what_was_started_since_the_question_is_taken_from_the_grant() -> None:
    since = replace(calm(), last_starts={"default": (NOW - 3.0, NOW - 2.0, NOW - 1.0)})
    _, decision = decided(DemandReading(40, 3, NOW - 2.0), memory=since)
    assert starts(decision) == 2


def test_jobs_that_others_serve_start_nothing_here_not_even_a_probe() -> None:
    assert starts(decided(DemandReading(5, 0, NOW))[1]) == 0


def test_before_the_first_answer_nothing_is_started() -> None:
    _, decision = decided(None)
    assert starts(decision) == 0
    assert "has not said yet" in decision.binding.because


def test_where_the_demand_is_not_known_all_is_as_without_it() -> None:
    unheeded = decide(POLICY, calm(), seen())[1]
    assert decided(UNKNOWN)[1].actions == unheeded.actions
    assert starts(unheeded) == 7


def test_a_grant_is_no_licence_against_a_wait_after_failures() -> None:
    failing = replace(calm(), backoffs={"default": Backoff(1, NOW + 9.0, WALL, "it failed")})
    _, decision = decided(DemandReading(9, 7, NOW), memory=failing)
    assert (starts(decision), decision.binding.name) == (0, LimitName.BACKOFF)


def test_an_empty_queue_that_is_known_is_no_reason_to_wait_for_work() -> None:
    waits = replace(calm(), no_work={"default": Backoff(3, NOW + 500.0, WALL, "no work")})
    assert decided(EMPTY, memory=waits)[0].no_work == {}
    for reading in (UNKNOWN, None, DemandReading(1, 1, NOW)):
        memory, decision = decided(reading, memory=waits)
        assert (memory.no_work, starts(decision)) == (waits.no_work, 0)


# --- several kinds


def test_a_kind_without_work_leaves_its_room_to_the_others() -> None:
    policy = replace(POLICY, named=(replace(ASKED, name="alice", share=3.0), Kind("local")))
    at = replace(seen(), demand={"alice": DemandReading(0, 0, NOW)})
    memory = replace(calm(), last_starts={"alice": (NOW,)})
    _, decision = decide(policy, memory, at)
    assert [a.kind for a in decision.actions if isinstance(a, Start)] == ["local"] * 7
    assert decision.wants == {"alice": Wants(0, 5, NOW)}
    shared = decide(policy, memory, replace(at, demand={"alice": DemandReading(9, 9, NOW)}))[1]
    assert [a.kind for a in shared.actions if isinstance(a, Start)].count("alice") == 5


# --- what is asked for


def test_asked_for_is_what_would_be_started_if_there_were_work() -> None:
    assert decided(EMPTY, memory=replace(calm(), last_starts={"default": (NOW,)}))[1].wants == {
        "default": Wants(0, 7, NOW)
    }
    # The probe of this tick is on its way.
    assert decided(EMPTY)[1].wants == {"default": Wants(1, 6, NOW)}


def test_pilots_are_on_their_way_for_a_while() -> None:
    young, old = pilot(1, age=COMING_SECONDS - 1), pilot(2, age=COMING_SECONDS + 1)
    assert decided(EMPTY, young, old)[1].wants == {"default": Wants(1, 5, NOW)}


@pytest.mark.parametrize("kind", [WishKind.PAUSE, WishKind.DRAIN])
def test_a_host_that_may_start_none_asks_for_none(kind: WishKind) -> None:
    at = replace(seen(wish=Wish(kind)), demand={"default": EMPTY})
    assert decide(POLICY, calm(), at)[1].wants == {"default": Wants(0, 0, NOW)}


def test_who_is_not_asked_is_told_nothing() -> None:
    assert decide(Policy(), calm(), seen())[1].wants == {}


def test_the_limit_is_told_of_where_it_can_hold() -> None:
    assert LimitName.DEMAND in limits_of(POLICY)
    assert LimitName.DEMAND not in limits_of(Policy())


# --- an hour of an empty queue, and the jobs that come then


def host(reading: DemandReading | None) -> SimulatedHost:
    """Pilots that look for work for 300 s and find none, as those of HTCondor."""
    kind = ASKED if reading else Kind()
    return SimulatedHost(
        Policy(default=kind),
        life_seconds=300.0,
        exit_code=75,
        demand=lambda t: {"default": replace(reading, asked_at=NOW + t)} if reading else {},
    )


def test_an_hour_of_an_empty_queue_costs_one_pilot() -> None:
    with_it, without = host(EMPTY), host(None)
    started = [sum(tick.count(Start) for tick in one.run(3600)) for one in (with_it, without)]
    assert started[0] == 1
    assert started[1] > 5


def test_jobs_that_come_after_an_empty_hour_are_served_at_once() -> None:
    one = host(EMPTY)
    one.run(600)
    assert any(isinstance(a, Reap) for tick in one.ticks for a in tick.decision.actions)
    one.demand = lambda _: {"default": DemandReading(50, 7, NOW + 600.0)}
    first = next(tick for tick in one.run(10) if tick.count(Start))
    assert first.at == 601.0
    assert one.alive == 7
