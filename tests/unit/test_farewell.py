"""Pilots are told once that the owner drains the host."""

from __future__ import annotations

from dataclasses import replace

from plancton.core.decide import decide
from plancton.core.farewell import TELL_AGAIN_SECONDS
from plancton.core.learn import learn, remember
from plancton.core.memory import Memory
from plancton.core.narrate import narrate
from plancton.core.observe import observe
from plancton.core.policy import Kind, Policy
from plancton.model import Done, Failed, Freeze, PilotState, Stop, Tell, Wish, WishKind
from tests.unit.makers import NOW, WALL, calm, crew, listing, pilot, sample, seen

HEARS = Kind(drain_signal="SIGUSR1")
POLICY = Policy(default=HEARS)
DRAIN = Wish(WishKind.DRAIN, by="ann", at=WALL)


def told(memory: Memory | None = None, policy: Policy = POLICY, **of_seen: object) -> list[Tell]:
    at = seen(**{"alive": crew(2), "wish": DRAIN, **of_seen})  # type: ignore[arg-type]
    return [a for a in decide(policy, memory or calm(), at)[1].actions if isinstance(a, Tell)]


def test_every_running_pilot_is_told() -> None:
    assert told() == [Tell(p, "SIGUSR1") for p in crew(2)]


def test_each_is_told_once() -> None:
    memory = remember(calm(), told())
    assert told(memory) == []
    memory = learn(POLICY, memory, [Done(tell, NOW, 0.1) for tell in told()], WALL)
    assert memory.in_flight == {}
    assert told(memory) == []
    assert told(memory, alive=crew(3)) == [Tell(crew(3)[2], "SIGUSR1")]


def test_an_engine_that_would_not_is_asked_again_after_a_while() -> None:
    memory = learn(POLICY, calm(), [Failed(tell, NOW, 0.1, "no such signal") for tell in told()], WALL)
    assert told(memory) == []
    later = {id_: at - TELL_AGAIN_SECONDS for id_, at in memory.told.items()}
    assert len(told(replace(memory, told=later))) == 2


def test_it_is_forgotten_with_the_pilot() -> None:
    memory = Memory(told={pilot(1).id: 1.0, pilot(2).id: 1.0})
    after, _ = observe(memory, replace(sample(), listing=listing(pilot(2))))
    assert set(after.told) == {pilot(2).id}


def test_nobody_is_told_without_a_signal_or_without_a_drain() -> None:
    assert told(policy=Policy()) == []
    assert told(wish=Wish()) == []
    assert told(wish=Wish(WishKind.DRAIN, until=WALL, at=WALL - 60.0)) == []


def test_each_kind_has_its_own_signal() -> None:
    policy = replace(POLICY, named=(replace(HEARS, name="a"), Kind("b"), Kind("c", drain_signal="SIGHUP")))
    pilots = [pilot(n, kind=kind) for n, kind in enumerate("abc", start=1)]
    assert told(policy=policy, alive=pilots) == [Tell(pilots[0], "SIGUSR1"), Tell(pilots[2], "SIGHUP")]


def test_a_wish_that_nobody_has_made_tells_no_pilot() -> None:
    """A file that cannot be understood stops the growth, and takes no pilot out of its queue."""
    assert told(wish=Wish(WishKind.DRAIN, by="/a/file, which cannot be understood")) == []


def test_a_frozen_one_hears_it_when_it_goes_on_and_who_gives_way_need_not() -> None:
    assert told(alive=[pilot(1, PilotState.FROZEN)]) == []
    at = seen(crew(2), wish=replace(DRAIN, deadline=WALL))
    actions = decide(POLICY, calm(), at)[1].actions
    assert [type(action) for action in actions] == [Stop, Stop]


def test_who_is_being_told_gives_way_all_the_same() -> None:
    memory = remember(calm(), told())
    at = seen(crew(2), wish=DRAIN, owner=8.0)
    actions = decide(replace(POLICY, reserve_after_seconds=0.0), memory, at)[1].actions
    assert {type(action) for action in actions} == {Freeze}


def test_the_sentence_says_so() -> None:
    sentence = narrate(decide(POLICY, calm(), seen(crew(2), wish=DRAIN))[1])
    assert sentence.endswith("2 running; telling 2 pilots to take no new work")
