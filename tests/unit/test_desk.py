"""The desk answers every action exactly once, and tells what the engine listed while it can be trusted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plancton.engine.base import EngineError, Facts, NoImage
from plancton.engine.desk import GRACE
from plancton.engine.fake import FakeEngine
from plancton.model import (
    Action,
    Done,
    Failed,
    Freeze,
    Listing,
    Missing,
    PilotState,
    Reap,
    Reason,
    Stop,
    Tell,
    Thaw,
    key,
)
from tests.unit.makers import WALL, pilot
from tests.unit.office import DEADLINE, RESYNC, SPEC, SPECS, HungEngine, Office, kill, starts, until


def test_a_pilots_whole_life_passes_over_the_desk() -> None:
    office = Office()
    office.desk.perform(starts(1), SPECS)
    (started,) = office.wait(1)
    assert isinstance(started, Done)
    assert started.pilot is not None
    office.desk.perform([kill(started.pilot)], SPECS)
    (killed,) = office.wait(1)
    assert isinstance(killed, Done)
    office.desk.perform([Reap(started.pilot)], SPECS)
    (reaped,) = office.wait(1)
    assert isinstance(reaped, Done)
    assert reaped.ending is not None
    assert reaped.ending.exit_code == 137


def test_every_rung_passes_over_the_desk() -> None:
    office = Office()
    there = office.engine.start("default-1", SPEC)
    states = []
    for action in (
        Freeze(there, Reason.OWNER_CPU, 0.0),
        Thaw(there),
        Freeze(there, Reason.OWNER_CPU, 0.0),
        Stop(there, Reason.OWNER_CPU, 0.0),
    ):
        office.desk.perform([action])
        (outcome,) = office.wait(1)
        assert isinstance(outcome, Done)
        states.append(office.engine.pilots()[0].state)
    assert states == [PilotState.FROZEN, PilotState.RUNNING, PilotState.FROZEN, PilotState.ENDED]


def test_what_a_pilot_is_told_passes_over_the_desk() -> None:
    office = Office()
    there = office.engine.start("default-1", SPEC)
    office.desk.perform([Tell(there, "SIGUSR1")])
    (told,) = office.wait(1)
    assert isinstance(told, Done)
    assert [r.operation for r in office.desk.requests()] == ["tell"]
    assert office.engine.pilots()[0].state is PilotState.ENDED


def test_a_broken_engine_fails_every_action_with_its_sentence() -> None:
    office = Office()
    office.engine.broken = "the engine is on strike"
    office.desk.perform([*starts(1), kill(pilot(1)), Reap(pilot(2))], SPECS)
    outcomes = office.wait(3)
    assert {o.error for o in outcomes if isinstance(o, Failed)} == {"the engine is on strike"}
    assert {key(o.action) for o in outcomes} == {"default-0", pilot(1).id, pilot(2).id}


def test_a_missing_image_is_told_apart() -> None:
    office = Office()
    office.engine.images.clear()
    office.desk.perform(starts(1), SPECS)
    (outcome,) = office.wait(1)
    assert isinstance(outcome, Failed)
    assert outcome.no_image


class Faulty(FakeEngine):
    def kill(self, pilot_id: str) -> None:
        raise KeyError(pilot_id)


def test_a_fault_of_the_adapter_is_a_failure_and_not_an_action_without_an_answer() -> None:
    office = Office(Faulty())
    office.desk.perform([kill(pilot(1))], SPECS)
    (outcome,) = office.wait(1)
    assert isinstance(outcome, Failed)
    assert "KeyError" in outcome.error


# --- listings


def test_before_the_first_answer_the_engine_is_missing_and_not_empty() -> None:
    office = Office(HungEngine())
    assert isinstance(office.desk.listing(), Missing)
    office.engine.gate.set()  # type: ignore[attr-defined]


def test_a_listing_says_when_it_was_asked_for_and_brings_the_facts() -> None:
    office = Office()
    found = office.listed()
    assert found == Listing((), 1000.0)
    assert office.desk.facts == Facts("fake", "systemd", "/")


def test_a_listing_is_kept_until_the_next_is_due() -> None:
    office = Office()
    first = office.listed()
    office.clock.now += RESYNC - 0.1
    assert office.desk.listing() is first
    office.clock.now += 0.2
    second = office.listed()
    assert isinstance(second, Listing)
    assert second.asked_at == office.clock.now


@pytest.mark.parametrize("hangs", [False, True])
def test_a_listing_too_old_to_be_trusted_is_missing(hangs: bool) -> None:  # noqa: FBT001
    engine = HungEngine()
    engine.gate.set()
    office = Office(engine)
    office.listed()
    if hangs:
        engine.gate.clear()
    else:
        engine.broken = "gone"
    office.clock.now += RESYNC + DEADLINE + 1.0
    found = office.desk.listing()
    assert isinstance(found, Missing)
    assert "has not listed its containers for 31 s" in found.why
    engine.gate.set()


def test_a_failed_listing_is_missing_with_its_reason_and_heals() -> None:
    office = Office()
    office.engine.broken = "the engine is on strike"
    office.desk.listing()
    until(lambda: office.desk.outcomes() or office.desk.listing() == Missing("the engine is on strike"))
    office.engine.broken = None
    until(lambda: office.desk.outcomes() or isinstance(office.desk.listing(), Listing))


def test_calls_are_told_to_the_metrics_once() -> None:
    office = Office()
    office.listed()
    office.engine.broken = "no"
    office.desk.perform(starts(1), SPECS)
    office.wait(1)
    told = [(r.operation, r.error) for r in office.desk.requests()]
    assert ("list", None) in told
    assert ("start", "no") in told
    assert office.desk.requests() == []


# --- each action is answered exactly once


class Moody(FakeEngine):
    """Fails as told, call by call."""

    def __init__(self, moods: list[int]) -> None:
        super().__init__()
        self._moods = moods

    def _check(self) -> None:
        mood = self._moods.pop() if self._moods else 0
        if mood:
            raise (EngineError, NoImage, KeyError)[mood - 1]("moody")


@settings(max_examples=30)  # each desk leaves threads behind
@given(st.lists(st.integers(0, 3), max_size=12), st.integers(1, 6), st.integers(0, 5))
def test_each_action_is_answered_exactly_once(moods: list[int], begun: int, others: int) -> None:
    office = Office(Moody(moods))
    actions: list[Action] = [*starts(begun), *(kill(pilot(n)) for n in range(others))]
    actions += [Reap(pilot(n + 50)) for n in range(others)]
    actions += [Thaw(pilot(n + 70)) for n in range(others)]
    actions += [Freeze(pilot(n + 90), Reason.OWNER_CPU, 0.0) for n in range(others)]
    actions += [Tell(pilot(n + 90), "SIGUSR1") for n in range(others)]
    office.desk.perform(actions, SPECS)
    answered = [key(outcome.action) for outcome in office.wait(len(actions))]
    office.clock.now += DEADLINE * GRACE + 1
    answered += [key(outcome.action) for outcome in office.desk.outcomes()]
    assert sorted(answered) == sorted(map(key, actions))


def test_a_pilot_is_as_old_as_the_decision_to_start_it() -> None:
    office = Office()
    office.desk.perform(starts(1), SPECS)
    (started,) = office.wait(1)
    assert isinstance(started, Done)
    assert started.pilot is not None
    assert started.pilot.created_at == WALL
