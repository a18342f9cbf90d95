"""The last decisions: what repeats itself is told once, with how long it held."""

from __future__ import annotations

import json
from dataclasses import replace

from plancton.core.decide import Decision, decide
from plancton.core.policy import Policy
from plancton.history import KEPT, History
from plancton.model import Wish, WishKind
from tests.unit.makers import WALL, calm, crew, seen

QUIET = decide(Policy(), calm(), seen(crew(7)))[1]
GROWING = decide(Policy(), calm(), seen(crew(3)))[1]


def entries(*told: tuple[float, Decision, str]) -> list[tuple[float, float, str]]:
    """(at, until, sentence) of what is kept."""
    history = History()
    for at, decision, sentence in told:
        history.add(WALL + at, decision, sentence, acted=decision is GROWING)
    return [(e["at"] - WALL, e["until"] - WALL, e["sentence"]) for e in history.entries()]


def test_a_decision_that_holds_is_one_entry_with_its_last_sentence() -> None:
    assert entries((0, QUIET, "owner 0.1"), (1, QUIET, "owner 0.2"), (2, QUIET, "owner 0.3")) == [
        (0, 2, "owner 0.3")
    ]


def test_each_deed_is_an_entry_of_its_own() -> None:
    assert entries((0, GROWING, "a"), (1, GROWING, "b"), (2, QUIET, "c")) == [
        (0, 0, "a"),
        (1, 1, "b"),
        (2, 2, "c"),
    ]


def test_another_target_or_number_or_reason_is_another_entry() -> None:
    drain = decide(Policy(), calm(), seen(crew(7), wish=Wish(WishKind.DRAIN)))[1]
    for other in (replace(QUIET, target=5), replace(QUIET, running=5), drain):
        assert [told[2] for told in entries((0, QUIET, "a"), (1, other, "b"))] == ["a", "b"]


def test_a_new_entry_is_given_back_for_the_log_and_a_held_one_is_not() -> None:
    history = History()
    first = history.add(WALL, QUIET, "a", acted=False)
    assert first is not None
    assert (first.sentence, first.acted) == ("a", False)
    assert history.add(WALL + 1, QUIET, "b", acted=False) is None
    deed = history.add(WALL + 2, GROWING, "c", acted=True)
    assert deed is not None
    assert deed.acted


def test_only_the_latest_are_kept_and_all_is_json() -> None:
    history = History()
    for number in range(KEPT + 50):
        history.add(WALL + number, GROWING, f"deed {number}", acted=True)
    found = json.loads(json.dumps(history.entries()))
    assert (len(found), found[-1]["sentence"]) == (KEPT, f"deed {KEPT + 49}")
    assert set(found[0]) == {"at", "until", "sentence", "limit", "target", "running", "frozen", "acted"}
