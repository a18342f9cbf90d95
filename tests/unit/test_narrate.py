"""The sentences that the owner reads, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plancton.core.decide import decide
from plancton.core.exits import Exit
from plancton.core.memory import Memory
from plancton.core.narrate import narrate
from plancton.core.observe import Seen
from plancton.core.policy import Kind, Policy
from plancton.model import MemoryReading, PilotState, Wish, WishKind
from tests.unit.makers import BLIND, GIB, WALL, calm, crew, pilot, seen

SHORT = MemoryReading(8 * GIB, GIB // 4)


# The reserve is whole at every moment: that keeps the sums short.
WHOLE = Policy(reserve_after_seconds=0.0)


def told(at: Seen, memory: Memory | None = None, policy: Policy | None = None) -> str:
    return narrate(decide(policy or WHOLE, memory or calm(), at)[1])


SENTENCES = [
    (seen(crew(7)), "owner uses 0.0 of 8.0 cores; aiming at 7 pilots; 7 running; nothing to do"),
    (seen(crew(4)), "owner uses 0.0 of 8.0 cores; aiming at 7 pilots; 4 running; starting 1 pilot"),
    (
        seen(crew(7), owner=3.2),
        "owner uses 3.2 of 8.0 cores; aiming at 4 pilots; 7 running; freezing 3 pilots (owner_cpu)",
    ),
    (
        seen(crew(2), wish=Wish(WishKind.PAUSE, by="ann")),
        "paused by ann; aiming at 0 pilots; 2 running; stopping 2 pilots (paused)",
    ),
    (
        seen(crew(2), wish=Wish(WishKind.DRAIN, by="ann")),
        "draining, as asked by ann; aiming at 2 pilots; 2 running; nothing to do",
    ),
    (
        seen(crew(1), memory=SHORT),
        "0.2 of 8.0 GiB are available; aiming at 0 pilots; 1 running; killing 1 pilot (memory)",
    ),
    (
        seen([pilot(1, age=90_000.0), *crew(3)[1:]], cores=4.0),
        "owner uses 0.0 of 4.0 cores; aiming at 2 pilots; 3 running; stopping 1 pilot (expired)",
    ),
    (
        seen(pilots=BLIND),
        "blind: engine: out of sight; the engine cannot say how many pilots there are; nothing to do",
    ),
    (
        seen(crew(1), images={"default": BLIND}),
        "no image: out of sight; aiming at 1 pilot; 1 running; nothing to do",
    ),
]


@pytest.mark.parametrize(("at", "sentence"), SENTENCES)
def test_a_decision_is_told_with_its_numbers(at: Seen, sentence: str) -> None:
    assert told(at) == sentence


def test_the_calm_window_is_told() -> None:
    assert told(seen(crew(1)), calm(6.0)) == (
        "owner used up to 6.0 cores in the last 60 s; aiming at 1 pilot; 1 running; nothing to do"
    )


def test_where_there_are_several_kinds_a_start_tells_which() -> None:
    policy = Policy(named=(Kind("alice", share=60.0), Kind("local", share=40.0)), ramp_pilots=3)
    assert told(seen(), policy=policy).endswith("starting 2 pilots of alice, starting 1 pilot of local")


def test_ends_that_somebody_may_ask_about_are_told_first() -> None:
    decision = decide(WHOLE, calm(), seen(crew(6)))[1]
    ended = {("default", Exit.NO_WORK): 1, ("default", Exit.DENIED): 2, ("default", Exit.DONE): 5}
    assert narrate(decision, ended).endswith(
        "6 running; 2 pilots ended (denied), 1 pilot ended (no_work), starting 1 pilot"
    )
    several = decide(Policy(named=(Kind("alice"), Kind("local"))), calm(), seen(crew(7)))[1]
    told_of = {("alice", Exit.FAILED): 1, ("local", Exit.STOPPED): 1, ("local", Exit.KILLED): 1}
    assert narrate(several, told_of).endswith("; 1 pilot of alice ended (failed)")


def test_patience_is_told() -> None:
    assert told(seen(crew(7), owner=3.0), policy=replace(WHOLE, freeze_after_seconds=60.0)) == (
        "owner uses 3.0 of 8.0 cores; aiming at 4 pilots; 7 running; 3 pilots too many, waiting"
    )


def test_several_reasons_in_one_tick_are_told_apart() -> None:
    wish = Wish(release_before=WALL - 5000.0)
    old = [pilot(1, age=6000.0), pilot(2, age=60.0), pilot(3, age=30.0)]
    assert told(seen(old, owner=6.0, wish=wish)).endswith(
        "3 running; freezing 1 pilot (owner_cpu), killing 1 pilot (released)"
    )


def test_frozen_pilots_are_told_and_that_they_go_on() -> None:
    there = [*crew(2), pilot(8, PilotState.FROZEN), pilot(9, PilotState.FROZEN)]
    assert told(seen(there, owner=6.0), calm(6.0)) == (
        "owner uses 6.0 of 8.0 cores; aiming at 1 pilot; 2 running, 2 frozen; freezing 1 pilot (owner_cpu)"
    )
    assert told(seen(there)).endswith("aiming at 4 pilots; 2 running, 2 frozen; thawing 2 pilots")
