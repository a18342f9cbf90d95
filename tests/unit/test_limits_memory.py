"""Memory: room to grow counts every pilot in full, and only what the owner lacks is taken back."""

from __future__ import annotations

import pytest

from plancton.core.limits import UNLIMITED, LimitName, Rung
from plancton.core.observe import Pilots
from plancton.core.policy import Kind, Policy
from plancton.model import MemoryReading, Reason
from tests.unit.makers import GIB, crew, seen
from tests.unit.test_limits import span, the

ROOMY = Policy(reserve_memory_bytes=GIB, default=Kind(memory_bytes=GIB))


@pytest.mark.parametrize(
    ("available", "held", "floor"), [(10, 0, 9), (6, 0, 5), (6, 4, 9), (1, 3, 3), (1, 0, 0)]
)
def test_to_grow_every_pilot_counts_with_all_that_it_may_use(available: int, held: int, floor: int) -> None:
    """A pilot that has not touched its memory yet leaves `available` as it was: no room for another."""
    at = seen(crew(3), memory=MemoryReading(10 * GIB, available * GIB), held=held * GIB)
    assert span(the(LimitName.MEMORY, at, policy=ROOMY)) == (floor, UNLIMITED)


@pytest.mark.parametrize(
    ("available", "running", "ceiling"), [(GIB - 1, 3, 2), (GIB // 2, 3, 2), (0, 3, 2), (0, 0, 0)]
)
def test_as_many_go_as_the_owners_reserve_lacks(available: int, running: int, ceiling: int) -> None:
    at = seen(crew(running), memory=MemoryReading(10 * GIB, available), held=3 * GIB)
    limit = the(LimitName.MEMORY, at, policy=ROOMY)
    assert (limit.ceiling, limit.rung, limit.reason) == (ceiling, Rung.KILL, Reason.MEMORY)
    assert limit.floor <= limit.ceiling


def test_several_go_at_once_if_one_is_not_enough() -> None:
    policy = Policy(reserve_memory_bytes=GIB, default=Kind(memory_bytes=GIB // 4))
    at = seen(crew(6), memory=MemoryReading(10 * GIB, GIB // 4 + 1))
    assert the(LimitName.MEMORY, at, policy=policy).ceiling == 3


def test_memory_of_pilots_on_their_way_out_is_not_asked_for_twice() -> None:
    """While a kill is under way its memory is still in use: that is no reason for the next kill."""
    low = MemoryReading(10 * GIB, GIB - 1)
    staying, leaving = crew(4)[:3], crew(4)[3:]
    assert the(LimitName.MEMORY, seen(crew(4), memory=low), policy=ROOMY).ceiling == 3
    waiting = seen(pilots=Pilots(running=staying, releasing=leaving), memory=low)
    assert the(LimitName.MEMORY, waiting, policy=ROOMY).ceiling >= 3


def test_a_tenth_of_the_memory_is_kept_if_nothing_is_said() -> None:
    reading = MemoryReading(10 * GIB, 10 * GIB)
    assert the(LimitName.MEMORY, seen(memory=reading)).floor == 18
