"""What the engine listed, corrected by what was begun and finished since it was asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from plancton.core.memory import Memory
from plancton.core.observe import Pilots, merge, observe
from plancton.model import (
    Action,
    Done,
    Failed,
    Kill,
    Listing,
    Outcome,
    Pilot,
    PilotState,
    PoolCounters,
    Reap,
    Reason,
    Start,
)
from tests.unit.makers import BLIND, NOW, listing, pilot, sample

ONE, TWO = pilot(1), pilot(2)
BEFORE, AFTER = NOW - 1.0, NOW + 1.0


def kill(which: Pilot) -> Kill:
    return Kill(which, Reason.OWNER_CPU, NOW)


def start(which: Pilot) -> Start:
    return Start(which.name, which.kind, which.created_at)


def done(action: Action, which: Pilot | None = None, at: float = AFTER) -> Done:
    return Done(action, at, 0.1, pilot=which)


def is_(which: Pilot, state: PilotState) -> Pilot:
    return replace(which, state=state)


def test_running_and_frozen_pilots_are_told_apart() -> None:
    frozen = is_(TWO, PilotState.FROZEN)
    assert merge(listing(ONE, frozen), Memory()) == Pilots(running=(ONE,), frozen=(frozen,))


def test_a_start_finished_after_the_listing_was_asked_for_is_alive() -> None:
    assert merge(listing(ONE), Memory(recent=(done(start(TWO), TWO),))).alive == (TWO, ONE)


def test_a_listing_that_caught_the_start_half_way_does_not_hide_it() -> None:
    half = is_(TWO, PilotState.CREATED)
    assert merge(listing(half), Memory(recent=(done(start(TWO), TWO),))) == Pilots(running=(TWO,))


def test_a_started_pilot_that_the_listing_shows_ended_has_ended() -> None:
    ended = is_(TWO, PilotState.ENDED)
    assert merge(listing(ended), Memory(recent=(done(start(TWO), TWO),))) == Pilots(ended=(ended,))


def test_a_killed_pilot_is_never_counted_alive_by_a_stale_listing() -> None:
    assert merge(listing(ONE, TWO), Memory(recent=(done(kill(TWO)),))) == Pilots(running=(ONE,))


def test_a_failed_kill_is_not_a_kill() -> None:
    failed = Failed(kill(TWO), AFTER, 20.0, "no answer")
    assert merge(listing(TWO), Memory(recent=(failed,))) == Pilots(running=(TWO,))


def test_started_and_killed_since_the_listing_is_gone() -> None:
    memory = Memory(recent=(done(start(TWO), TWO), done(kill(TWO))))
    assert merge(listing(), memory) == Pilots()


def test_a_container_of_a_start_in_flight_is_starting_whatever_is_listed() -> None:
    memory = Memory(in_flight={TWO.name: start(TWO)})
    for state in (PilotState.CREATED, PilotState.RUNNING):
        assert merge(listing(is_(TWO, state)), memory) == Pilots(starting=(start(TWO),))


def test_what_a_failed_start_left_behind_is_reaped() -> None:
    left = is_(TWO, PilotState.CREATED)
    assert merge(listing(left), Memory()) == Pilots(ended=(left,))


def test_a_start_that_was_given_up_and_succeeds_late_is_adopted() -> None:
    assert merge(listing(TWO, asked_at=AFTER), Memory()) == Pilots(running=(TWO,))


def test_a_pilot_being_killed_is_releasing_even_if_the_listing_has_lost_it() -> None:
    assert merge(listing(), Memory(in_flight={TWO.id: kill(TWO)})) == Pilots(releasing=(TWO,))


def test_outcomes_older_than_the_listing_are_forgotten_and_newer_ones_kept() -> None:
    old, new = done(kill(ONE), at=BEFORE), done(kill(TWO), at=AFTER)
    memory, seen = observe(Memory(recent=(old, new)), sample(NOW, listed=[ONE, TWO]))
    assert memory.recent == (new,)
    assert seen.pilots == Pilots(running=(ONE,))


def test_a_failed_listing_is_missing_and_never_zero_pilots() -> None:
    memory = Memory(recent=(done(start(TWO), TWO),))
    kept, seen = observe(memory, replace(sample(), listing=BLIND))
    assert seen.pilots == BLIND
    assert kept.recent == memory.recent


def test_while_the_engine_cannot_list_what_the_kernel_shows_is_known() -> None:
    memory, _ = observe(Memory(), sample(NOW, listed=[ONE, TWO]))
    shown = PoolCounters(0.0, frozenset({TWO.id, pilot(3).id}))
    _, seen = observe(memory, replace(sample(NOW + 1), listing=BLIND, pool=shown))
    assert (seen.pilots, seen.known) == (BLIND, Pilots(running=(TWO,)))
    _, seen = observe(memory, replace(sample(NOW + 1), listing=BLIND, pool=BLIND))
    assert seen.known == Pilots(running=(ONE, TWO))


def test_what_somebody_else_removed_is_forgotten() -> None:
    memory = Memory(
        killed={ONE.id: Reason.MEMORY, TWO.id: Reason.MEMORY},
        not_before={ONE.id: NOW, TWO.id: NOW, "in flight": NOW},
        in_flight={"in flight": Reap(pilot(3))},
    )
    memory, _ = observe(memory, sample(NOW, listed=[TWO]))
    assert (set(memory.killed), set(memory.not_before)) == ({TWO.id}, {TWO.id, "in flight"})


@st.composite
def moments(draw: st.DrawFn) -> tuple[Listing, Memory]:
    """A listing with what has been begun and done around it, as the desk can bring it about."""
    listed: list[Pilot] = []
    in_flight: dict[str, Action] = {}
    recent: list[Outcome] = []
    for number in range(1, draw(st.integers(0, 8)) + 1):
        one = pilot(number, draw(st.sampled_from(PilotState)))
        in_list = draw(st.booleans())
        if in_list:
            listed.append(one)
        deed = draw(st.sampled_from(["none", "starting", "started", "killing", "killed", "reaping"]))
        if deed == "starting":
            in_flight[one.name] = start(one)
        elif deed == "started":
            recent.append(done(start(one), is_(one, PilotState.RUNNING)))
        elif deed == "killing":
            in_flight[one.id] = kill(one)
        elif deed == "killed":
            recent.append(done(kill(one)))
        elif deed == "reaping":
            in_flight[one.id] = Reap(one)
    return Listing(tuple(listed), NOW), Memory(in_flight=in_flight, recent=tuple(recent))


@given(moments())
def test_no_container_is_in_two_places(moment: tuple[Listing, Memory]) -> None:
    merged = merge(*moment)
    names = [p.name for p in (*merged.alive, *merged.releasing, *merged.ended)]
    assert max(Counter([*names, *(s.name for s in merged.starting)]).values(), default=1) == 1


@given(moments())
def test_one_that_may_be_running_is_never_in_none(moment: tuple[Listing, Memory]) -> None:
    listed, memory = moment
    merged = merge(listed, memory)
    placed = {p.name for p in (*merged.alive, *merged.releasing, *merged.ended)} | {
        s.name for s in merged.starting
    }
    ended = {o.action.pilot.name for o in memory.recent if isinstance(o.action, Kill | Reap)}
    ended |= {a.pilot.name for a in memory.in_flight.values() if isinstance(a, Reap)}
    begun = {o.pilot.name for o in memory.recent if isinstance(o, Done) and o.pilot}
    assert ({p.name for p in listed.pilots} | begun) - ended <= placed
