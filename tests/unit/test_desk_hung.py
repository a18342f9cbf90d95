"""An engine that hangs for a minute delays nothing, and its late answers change nothing."""

from __future__ import annotations

import time

from plancton.engine.desk import GRACE
from plancton.engine.images import Wanted
from plancton.model import Failed, Listing, Start, key
from tests.unit.makers import WALL, pilot
from tests.unit.office import DEADLINE, PATIENCE, SPECS, HungEngine, Office, kill, starts, until


def test_an_action_without_an_answer_has_failed_by_its_deadline() -> None:
    engine = HungEngine()
    office = Office(engine)
    office.desk.perform([*starts(2), kill(pilot(1))], SPECS)
    office.clock.now += DEADLINE * GRACE
    assert office.desk.outcomes() == []
    office.clock.now += 0.1
    outcomes = office.desk.outcomes()
    assert len(outcomes) == 3
    assert {o.error for o in outcomes if isinstance(o, Failed)} == {"the engine did not answer within 40 s"}
    engine.gate.set()


def test_an_answer_after_that_is_dropped() -> None:
    engine = HungEngine()
    office = Office(engine)
    office.desk.perform(starts(1), SPECS)
    until(lambda: engine.asked)
    office.clock.now += DEADLINE * GRACE + 1
    assert len(office.desk.outcomes()) == 1
    engine.gate.set()
    until(lambda: len(engine.pilots()) == 1)
    until(lambda: [r for r in office.desk.requests() if r.operation == "start"])
    assert office.desk.outcomes() == []
    found = office.listed()
    assert isinstance(found, Listing)
    assert [p.name for p in found.pilots] == ["default-0"]


def test_a_late_answer_does_not_answer_a_later_action_of_the_same_name() -> None:
    """Starts are made in their order, so that the late answer comes first."""
    engine = HungEngine()
    office = Office(engine)
    first, second = Start("default-1", "default", WALL), Start("default-1", "other", WALL)
    office.desk.perform([first], SPECS)
    until(lambda: engine.asked)
    office.clock.now += DEADLINE * GRACE + 1
    assert [outcome.action for outcome in office.desk.outcomes()] == [first]
    office.desk.perform([second], SPECS)
    engine.gate.set()
    assert [outcome.action for outcome in office.wait(1)] == [second]


def test_the_desk_itself_never_hangs() -> None:
    engine = HungEngine()
    office = Office(engine)
    began = time.monotonic()
    for _ in range(100):
        office.clock.now += 1.0
        office.desk.perform(starts(1), SPECS)
        office.desk.listing()
        office.desk.images({"default": Wanted("plancton-pilot:embedded", None)})
        office.desk.outcomes()
        office.desk.requests()
    assert time.monotonic() - began < PATIENCE / 2
    engine.gate.set()


def test_what_was_given_up_before_its_turn_is_not_done_at_all() -> None:
    """An engine that comes back after a minute does not start and kill what was wanted a minute ago."""
    engine = HungEngine()
    office = Office(engine)
    office.desk.perform(starts(3), SPECS)
    until(lambda: engine.asked)
    office.clock.now += DEADLINE * GRACE + 1
    assert len(office.desk.outcomes()) == 3
    engine.gate.set()
    office.desk.perform([Start("default-9", "default", WALL)], SPECS)
    office.wait(1)
    assert {p.name for p in engine.pilots()} == {"default-0", "default-9"}


def test_a_start_that_waits_is_taken_back_and_one_under_way_is_not() -> None:
    engine = HungEngine()
    office = Office(engine)
    office.desk.perform(starts(3), SPECS)
    until(lambda: engine.asked)
    assert [office.desk.cancel(start.name) for start in starts(3)] == [False, True, True]
    assert not office.desk.cancel("unheard-of")
    engine.gate.set()
    (outcome,) = office.wait(1)
    assert key(outcome.action) == "default-0"
    until(lambda: office.desk.outcomes() or len(engine.pilots()) == 1)
    assert [p.name for p in engine.pilots()] == ["default-0"]
