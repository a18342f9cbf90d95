"""What the end of a pilot means for its kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plancton.core.decide import decide
from plancton.core.kinds import Quota
from plancton.core.learn import learn, remember
from plancton.core.memory import Backoff, Memory
from plancton.core.policy import Kind, Policy
from plancton.model import Done, Ending, Kill, Pilot, Reap, Reason, Stop
from tests.unit.makers import NOW, WALL, calm, pilot, seen, split

KIND = Kind(
    fizzle_seconds=30.0,
    backoff_first_seconds=5.0,
    backoff_max_seconds=600.0,
    no_work_first_seconds=60.0,
    no_work_max_seconds=600.0,
)
POLICY = Policy(default=KIND)
DONE, UNREACHABLE, NO_WORK, DENIED, FAILED = 0, 69, 75, 77, 1


def ended(code: int, lifetime: float = 2.0, at: float = NOW, which: Pilot | None = None) -> Done:
    return Done(
        Reap(which or pilot()), at, 0.1, ending=Ending(code, out_of_memory=False, lifetime_seconds=lifetime)
    )


def after(*outcomes: Done, memory: Memory | None = None, wall: float = WALL) -> Memory:
    return learn(POLICY, memory or calm(), outcomes, wall)


def in_a_row(code: int, times: int, lifetime: float = 2.0) -> tuple[Memory, list[float]]:
    """Each as soon as the wait before is over, and the waits."""
    memory, waits, now = calm(), [], NOW
    for _ in range(times):
        memory = after(ended(code, lifetime, now), memory=memory)
        wait = memory.no_work if code == NO_WORK else memory.backoffs
        waits.append(wait["default"].retry_at - now)
        now = wait["default"].retry_at
    return memory, waits


def quota_of(memory: Memory, *alive: Pilot) -> Quota:
    (quota,) = decide(POLICY, memory, seen(alive))[1].kinds
    return quota


# --- done


@pytest.mark.parametrize("lifetime", [0.0, 2.0, 29.0, 3600.0])
def test_one_that_has_done_its_work_has_not_failed_however_short_it_was(lifetime: float) -> None:
    memory = after(ended(DONE, lifetime))
    assert (memory.backoffs, memory.no_work) == ({}, {})
    assert ("default" in memory.paces) is (lifetime < 30.0)


def test_one_that_began_since_and_has_done_its_work_ends_every_wait() -> None:
    waits = {"default": Backoff(4, NOW + 99.0, WALL - 60.0, "x")}
    memory = replace(calm(), backoffs=waits, no_work=waits)
    for age, left in ((30.0, {}), (90.0, waits)):
        found = after(ended(DONE, which=pilot(age=age)), memory=memory)
        assert (found.backoffs, found.no_work) == (left, left)


# --- no work


def test_no_work_waits_by_a_clock_of_its_own_and_is_no_failure() -> None:
    memory, waits = in_a_row(NO_WORK, 6)
    assert waits == [60, 120, 240, 480, 600, 600]
    assert memory.backoffs == {}
    quota = quota_of(memory)
    assert (quota.failures, quota.no_work, quota.barred) == (0, 6, True)


def test_several_that_find_no_work_at_one_moment_count_once() -> None:
    memory = after(*(ended(NO_WORK, at=NOW + n, which=pilot(n)) for n in range(5)))
    assert (memory.no_work["default"].failures, memory.no_work["default"].retry_at) == (1, NOW + 60.0)


def test_after_the_wait_one_at_a_time_looks_for_work() -> None:
    memory = replace(calm(), no_work={"default": Backoff(1, NOW - 1.0, WALL - 61.0, "none", 2.0)})
    young, old = pilot(1, age=10.0), pilot(2, age=3600.0)
    assert quota_of(memory).open == 1
    assert quota_of(memory, young).open == 0
    assert quota_of(memory, old).open == 1
    assert quota_of(memory, old, young).open == 0
    assert quota_of(memory).because == "none (1 in a row); one probe"


@pytest.mark.parametrize(
    ("looked", "age", "found"), [(2.0, 31.0, True), (120.0, 200.0, False), (120.0, 241.0, True)]
)
def test_one_that_stays_for_twice_as_long_as_others_looked_in_vain_has_found_work(
    looked: float,
    age: float,
    found: bool,  # noqa: FBT001
) -> None:
    memory = after(ended(NO_WORK, looked), wall=WALL - 300.0)
    after_tick, _ = decide(POLICY, memory, seen([pilot(age=age)]))
    assert (after_tick.no_work == {}) is found


def test_one_that_found_none_at_the_end_of_a_long_life_does_not_close_the_kind_for_hours() -> None:
    memory = after(ended(NO_WORK, 30_000.0), wall=WALL - 2000.0)
    assert decide(POLICY, memory, seen([pilot(age=1801.0)]))[0].no_work == {}


# --- the pool's door


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (DENIED, "the pool refused the pilot's credential"),
        (UNREACHABLE, "the pilot could not reach its pool"),
    ],
)
@pytest.mark.parametrize("lifetime", [0.1, 45.0, 9000.0])
def test_at_the_pools_door_it_is_a_failure_whatever_the_lifetime(
    code: int, why: str, lifetime: float
) -> None:
    memory, waits = in_a_row(code, 3, lifetime)
    assert waits == [5, 10, 20]
    told = decide(POLICY, memory, seen())[1].binding
    assert (told.name.value, told.because) == ("backoff", f"{why} (3 in a row); next try in 35 s")


def test_one_that_waits_for_long_at_the_door_proves_nothing_meanwhile() -> None:
    """Its network's time-out is longer than `fizzle_seconds`: that is no reason to fill the host."""
    memory = after(ended(UNREACHABLE, 45.0), wall=WALL - 100.0)
    assert decide(POLICY, memory, seen([pilot(age=60.0)]))[0].backoffs != {}
    assert decide(POLICY, memory, seen([pilot(age=91.0)]))[0].backoffs == {}


def test_one_that_finds_no_work_has_been_let_in() -> None:
    new = pilot(age=-1.0)
    for code, left in ((DENIED, {}), (UNREACHABLE, {}), (FAILED, {"default"})):
        memory = after(ended(code), ended(NO_WORK, which=new))
        assert set(memory.backoffs) == set(left)
        assert set(memory.no_work) == {"default"}


# --- others


def test_others_fail_if_they_are_young() -> None:
    assert after(ended(FAILED, 29.0)).backoffs["default"].why == "pilot ended after 29 s with exit code 1"
    assert after(ended(FAILED, 31.0)).backoffs == {}
    assert after(ended(137, 2.0)).backoffs["default"].failures == 1


@pytest.mark.parametrize("code", [DONE, NO_WORK, DENIED, UNREACHABLE, FAILED])
def test_what_we_have_ended_is_not_judged(code: int) -> None:
    for asked in (Stop(pilot(), Reason.OWNER_CPU, NOW), Kill(pilot(), Reason.OWNER_CPU, NOW)):
        memory = after(Done(asked, NOW, 0.1), ended(code))
        assert (memory.backoffs, memory.no_work, memory.paces) == ({}, {}, {})


# --- between the end and its exit code

GONE = pilot(9, age=60.0)


def test_nothing_takes_the_place_of_one_of_which_nobody_knows_yet_how_it_ended() -> None:
    gone, memory = GONE, calm()
    at = seen(pilots=split([pilot(n) for n in range(1, 7)], ended=(gone,)))
    for known in (memory, remember(memory, [Reap(gone)])):
        waiting = seen(pilots=split([pilot(n) for n in range(1, 7)])) if known.in_flight else at
        decision = decide(POLICY, known, waiting)[1]
        assert [a for a in decision.actions if not isinstance(a, Reap)] == []
        assert decision.kinds[0].unknown == 1
    assert len(decide(POLICY, memory, seen([pilot(n) for n in range(1, 7)]))[1].actions) == 1


def test_other_places_are_filled_meanwhile() -> None:
    at = seen(pilots=split([pilot(1), pilot(2)], ended=(GONE,)))
    decision = decide(replace(POLICY, ramp_pilots=9), calm(), at)[1]
    assert len([a for a in decision.actions if not isinstance(a, Reap)]) == 4


@pytest.mark.parametrize("most", [3, 5])
def test_a_number_counts_it_as_if_it_were_there(most: int) -> None:
    at = seen(pilots=split([pilot(1), pilot(2)], ended=(GONE,)))
    of_the_host = replace(POLICY, max_pilots=most, ramp_pilots=9)
    of_the_kind = replace(POLICY, named=(replace(KIND, max_pilots=most),), ramp_pilots=9)
    for policy in (of_the_host, of_the_kind):
        decision = decide(policy, calm(), at)[1]
        assert len([a for a in decision.actions if not isinstance(a, Reap)]) == most - 3


def test_one_that_we_ended_holds_no_place_and_one_that_is_not_removed_does_not_for_ever() -> None:
    at = seen(pilots=split([pilot(n) for n in range(1, 7)], ended=(GONE,)))
    ours = replace(calm(), killed={GONE.id: Reason.OWNER_CPU})
    refused = replace(calm(), not_before={GONE.id: NOW + 30.0})
    for memory in (ours, refused):
        assert decide(POLICY, memory, at)[1].kinds[0].unknown == 0


def test_the_place_of_one_that_has_certainly_worked_is_filled_at_once() -> None:
    at = seen(pilots=split([pilot(n) for n in range(1, 7)], ended=(pilot(9, age=1800.0),)))
    decision = decide(POLICY, calm(), at)[1]
    assert len([a for a in decision.actions if not isinstance(a, Reap)]) == 1
