"""Pilots of different sizes in one room, and whose turn it is."""

from __future__ import annotations

import pytest

from plancton.core.kinds import Quota
from plancton.core.plan import Space, plan
from plancton.core.policy import Kind, Policy
from plancton.core.room import Line, fit_in_memory, fit_to_grow, fit_to_stay
from tests.unit.makers import GIB

POLICY = Policy()
ONE, FOUR, TENTH = Kind("one"), Kind("four", cpus=4.0), Kind("tenth", cpus=0.1)


@pytest.mark.parametrize(
    ("there", "room", "stay"),
    [
        ((), 3.0, 3),  # beyond those that are there one counts with more of the next
        ((ONE, ONE), 3.0, 3),
        ((ONE, ONE, ONE), 1.0, 1),
        ((FOUR, ONE), 5.0, 2),
        ((FOUR, ONE), 4.5, 2),  # each may be squeezed by half a core
        ((FOUR, ONE), 4.4, 1),
        ((FOUR, ONE), 3.5, 1),
        ((FOUR, ONE), 3.4, 0),
        ((ONE, FOUR), 3.0, 1),  # none behind one that does not fit
        ((ONE, FOUR, TENTH), 4.5, 2),  # and a small one has small slack
        ((), -1.0, 0),
    ],
)
def test_pilots_stay_from_the_oldest_on_as_far_as_they_fit(
    there: tuple[Kind, ...], room: float, stay: int
) -> None:
    assert fit_to_stay(POLICY, Line(there, there, ONE), room) == stay


def test_tenths_add_up() -> None:
    assert fit_to_grow(Policy(grow_tolerance_cores=0.0), Line((), (TENTH,) * 10, TENTH), 1.0) == 10


def test_to_grow_those_that_are_there_count_then_the_plan_then_the_next() -> None:
    line = Line((), (FOUR,), ONE, planned=(ONE, ONE))
    assert [fit_to_grow(POLICY, line, room) for room in (3.0, 4.0, 5.0, 6.0, 9.0)] == [0, 1, 2, 3, 6]
    assert fit_in_memory(line, 2 * GIB) == 4


def turns(*quotas: Quota, cores: float = 10.0, memory_bytes: int = 64 * GIB) -> list[str]:
    return [kind.name for kind in plan(POLICY, quotas, Space(cores, memory_bytes))]


def test_shares_are_rounded_as_numbers_are() -> None:
    shares = [Quota(Kind("a", share=80.0), 0, 0.0), Quota(Kind("b", share=20.0), 0, 0.0)]
    assert "".join(turns(*shares)) == "aabaaaabaa"


def test_who_may_have_no_more_is_passed_over_and_the_others_keep_their_proportion() -> None:
    full = Quota(Kind("full", share=90.0), 2, 2.0, most=2)
    a, b = (Quota(Kind(name, share=share), 0, 0.0) for name, share in (("a", 6.0), ("b", 4.0)))
    assert "".join(turns(full, a, b)) == "ababaababa"


def test_who_does_not_fit_is_passed_over_by_cores_or_by_memory() -> None:
    four, one = Quota(FOUR, 0, 0.0), Quota(ONE, 0, 0.0)
    assert turns(four, one, cores=2.0) == ["one", "one"]
    rich = Quota(Kind("rich", memory_bytes=GIB), 0, 0.0)
    assert turns(rich, one, cores=3.0, memory_bytes=GIB - 1) == ["one"]
    assert turns(four, one, cores=0.5) == []


def test_a_number_ends_a_kinds_turns() -> None:
    assert turns(Quota(ONE, 1, 1.0, most=3)) == ["one", "one"]
    assert turns(Quota(ONE, 1, 1.0, most=1)) == []
