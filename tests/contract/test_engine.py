"""What the agent relies on, of the fake and of the real engine alike."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from plancton.engine.base import EngineError, NoImage
from plancton.model import PilotState
from tests.contract.benches import Bench, state_of

UNKNOWN = "ab" * 32


def test_a_new_agent_has_no_pilots(bench: Bench) -> None:
    assert bench.engine.pilots() == ()


def test_the_engine_tells_about_itself(bench: Bench) -> None:
    facts = bench.engine.facts()
    assert facts.version
    assert facts.cgroup_driver in {"cgroupfs", "systemd"}


def test_a_started_pilot_is_listed_as_it_was_answered(bench: Bench) -> None:
    started = bench.engine.start("default-1", bench.long)
    (listed,) = bench.engine.pilots()
    assert (started.name, started.kind, started.spec) == ("default-1", "default", bench.long.digest)
    assert started.state is PilotState.RUNNING
    # The engine counts whole seconds.
    assert listed == replace(started, created_at=listed.created_at)
    assert listed.created_at == pytest.approx(started.created_at, abs=5.0)
    assert listed.created_at == pytest.approx(time.time(), abs=60.0)


def test_ids_are_those_of_the_cgroups(bench: Bench) -> None:
    assert len(bench.engine.start("default-1", bench.long).id) == 64


def test_several_pilots_live_side_by_side(bench: Bench) -> None:
    started = {bench.engine.start(f"default-{n}", bench.long).id for n in range(3)}
    assert {p.id for p in bench.engine.pilots()} == started


def test_a_name_is_used_once_and_the_first_holder_keeps_it(bench: Bench) -> None:
    first = bench.engine.start("default-1", bench.long)
    with pytest.raises(EngineError):
        bench.engine.start("default-1", bench.long)
    assert [p.id for p in bench.engine.pilots()] == [first.id]
    assert state_of(bench.engine, first) is PilotState.RUNNING


def test_a_killed_pilot_has_ended_when_the_answer_comes(bench: Bench) -> None:
    one, other = (bench.engine.start(f"default-{n}", bench.long) for n in range(2))
    bench.engine.kill(one.id)
    assert state_of(bench.engine, one) is PilotState.ENDED
    assert state_of(bench.engine, other) is PilotState.RUNNING


def test_killing_what_has_ended_or_was_never_there_is_no_error(bench: Bench) -> None:
    pilot = bench.engine.start("default-1", bench.long)
    bench.engine.kill(pilot.id)
    bench.engine.kill(pilot.id)
    bench.engine.kill(UNKNOWN)


def test_a_frozen_pilot_is_told_as_such_until_it_goes_on(bench: Bench) -> None:
    one, other = (bench.engine.start(f"default-{n}", bench.long) for n in range(2))
    bench.engine.freeze(one.id)
    assert state_of(bench.engine, one) is PilotState.FROZEN
    assert state_of(bench.engine, other) is PilotState.RUNNING
    bench.engine.thaw(one.id)
    assert state_of(bench.engine, one) is PilotState.RUNNING


def test_freezing_and_thawing_twice_is_no_error(bench: Bench) -> None:
    pilot = bench.engine.start("default-1", bench.long)
    bench.engine.thaw(pilot.id)
    bench.engine.freeze(pilot.id)
    bench.engine.freeze(pilot.id)
    assert state_of(bench.engine, pilot) is PilotState.FROZEN


def test_what_has_ended_or_was_never_there_is_neither_frozen_nor_an_error(bench: Bench) -> None:
    pilot = bench.engine.start("default-1", bench.long)
    bench.engine.kill(pilot.id)
    for id_ in (pilot.id, UNKNOWN):
        bench.engine.freeze(id_)
        bench.engine.thaw(id_)
        bench.engine.stop(id_)
    assert state_of(bench.engine, pilot) is PilotState.ENDED


def test_a_frozen_pilot_is_killed_and_never_reaped_alive(bench: Bench) -> None:
    pilot = bench.engine.start("default-1", bench.long)
    bench.engine.freeze(pilot.id)
    with pytest.raises(EngineError, match="will not be removed"):
        bench.engine.reap(pilot.id)
    bench.engine.kill(pilot.id)
    assert state_of(bench.engine, pilot) is PilotState.ENDED


@pytest.mark.parametrize("frozen", [False, True])
def test_a_pilot_that_listens_ends_when_it_is_asked_to(bench: Bench, *, frozen: bool) -> None:
    pilot = bench.engine.start("default-1", bench.polite)
    if frozen:
        bench.engine.freeze(pilot.id)
    bench.engine.stop(pilot.id)
    bench.let_end(pilot)
    ending = bench.engine.reap(pilot.id)
    assert ending is not None
    assert (ending.exit_code, ending.out_of_memory) == (143, False)


@pytest.mark.parametrize("frozen", [False, True])
def test_a_pilot_hears_what_it_is_told(bench: Bench, *, frozen: bool) -> None:
    """At once, or when it goes on."""
    pilot = bench.engine.start("default-1", bench.told)
    bench.let_listen(pilot)
    if frozen:
        bench.engine.freeze(pilot.id)
    bench.engine.tell(pilot.id, "SIGUSR1")
    bench.engine.thaw(pilot.id)
    bench.let_end(pilot)
    ending = bench.engine.reap(pilot.id)
    assert ending is not None
    assert (ending.exit_code, ending.out_of_memory) == (0, False)


def test_telling_what_has_ended_or_was_never_there_is_no_error(bench: Bench) -> None:
    pilot = bench.engine.start("default-1", bench.long)
    bench.engine.kill(pilot.id)
    bench.engine.tell(pilot.id, "SIGUSR1")
    bench.engine.tell(UNKNOWN, "SIGUSR1")
    assert state_of(bench.engine, pilot) is PilotState.ENDED


def test_reaping_tells_how_a_killed_pilot_ended_and_removes_it(bench: Bench) -> None:
    pilot = bench.engine.start("default-1", bench.long)
    bench.engine.kill(pilot.id)
    ending = bench.engine.reap(pilot.id)
    assert ending is not None
    assert (ending.exit_code, ending.out_of_memory) == (137, False)
    assert 0 <= ending.lifetime_seconds < 60
    assert bench.engine.pilots() == ()


def test_reaping_tells_how_long_a_pilot_worked_that_ended_by_itself(bench: Bench) -> None:
    pilot = bench.engine.start("default-1", bench.short)
    bench.let_end(pilot)
    assert state_of(bench.engine, pilot) is PilotState.ENDED
    ending = bench.engine.reap(pilot.id)
    assert ending is not None
    assert (ending.exit_code, ending.out_of_memory) == (0, False)
    assert ending.lifetime_seconds >= 0.9


def test_a_running_pilot_is_never_reaped(bench: Bench) -> None:
    pilot = bench.engine.start("default-1", bench.long)
    with pytest.raises(EngineError, match="is running and will not be removed"):
        bench.engine.reap(pilot.id)
    assert state_of(bench.engine, pilot) is PilotState.RUNNING


def test_reaping_what_is_gone_tells_nothing_and_is_no_error(bench: Bench) -> None:
    assert bench.engine.reap(UNKNOWN) is None
    pilot = bench.engine.start("default-1", bench.long)
    bench.engine.kill(pilot.id)
    bench.engine.reap(pilot.id)
    assert bench.engine.reap(pilot.id) is None


def test_an_image_is_there_or_not(bench: Bench) -> None:
    assert bench.engine.has_image(bench.long.image)
    assert not bench.engine.has_image("plancton-pilot:no-such-tag")


def test_without_the_image_nothing_starts_and_nothing_is_left(bench: Bench) -> None:
    image = "plancton-pilot:no-such-tag"
    spec = replace(bench.long, image=image, body={**bench.long.body, "Image": image})
    with pytest.raises(NoImage, match="no-such-tag"):
        bench.engine.start("default-1", spec)
    assert bench.engine.pilots() == ()
