"""Synthetic days: the same again for the same seed, and each what its name says."""

from __future__ import annotations

import pytest

from plancton.simulate.demand import Demand, Machine
from plancton.simulate.owners import OWNERS, demand_of
from plancton.simulate.sketch import Sketch
from tests.unit.simulate.makers import EIGHT, GIB

HOUR = 3600.0


def mean(of: Demand, start: float, end: float) -> float:
    """Cores on average between two times."""
    used = sum(
        step.cores * max(min(end, step.at + seconds) - max(start, step.at), 0.0)
        for step, seconds in of.lengths()
    )
    return used / (end - start)


def test_a_day_is_drawn_from_pieces_that_overlap() -> None:
    sketch = Sketch(Machine(2, GIB), 10)
    sketch.work(2, 4, 1.0)
    sketch.work(4, 100, 1.5)
    sketch.hold(0, 5, GIB / 2)
    sketch.sit(9, 1)
    assert [tuple(step) for step in sketch.demand("x").steps] == [
        (0.0, 0.0, GIB // 2, False),
        (2.0, 1.0, GIB // 2, False),
        (4.0, 2.0, GIB // 2, False),
        (5.0, 2.0, 0, False),
        (6.0, 1.5, 0, False),
        (9.0, 1.5, 0, True),
    ]


@pytest.mark.parametrize("owner", OWNERS)
def test_a_day_is_the_same_for_the_same_seed_and_another_for_another(owner: str) -> None:
    day = demand_of(owner, EIGHT, 1)
    assert day == demand_of(owner, EIGHT, 1)
    assert day != demand_of(owner, EIGHT, 2)
    assert all(0 <= step.cores <= 8 and 0 < step.memory_bytes <= 16 * GIB for step in day.steps)
    assert day.steps[0].at == 0
    assert day.steps[-1].at < day.seconds == 86400
    assert any(step.present for step in day.steps)


def test_the_owners_do_what_they_are_called() -> None:
    days = {owner: demand_of(owner, EIGHT, 7) for owner in OWNERS}
    assert mean(days["office"], 20 * HOUR, 24 * HOUR) < 0.15 < mean(days["office"], 9 * HOUR, 17 * HOUR) < 1
    assert mean(days["bursts"], 14.5 * HOUR, 16.5 * HOUR) > 0.8
    # Forty seconds in about eleven minutes.
    builds = [step for step, seconds in days["compile"].lengths() if step.cores == 8]
    assert len({round(step.at / 300) for step in builds}) >= 35
    assert mean(days["batch"], 2 * HOUR, 5 * HOUR) > 4
    assert mean(days["meeting"], 13.7 * HOUR, 14.9 * HOUR) > 1.5
    assert mean(days["all-cores"], 10.5 * HOUR, 15.5 * HOUR) == pytest.approx(8)
    assert max(step.memory_bytes for step in days["memory"].steps) == pytest.approx(0.9 * 16 * GIB, rel=0.01)


def test_nobody_is_at_the_keyboard_during_most_of_a_meeting() -> None:
    day = demand_of("meeting", EIGHT, 3)
    present = sum(s for step, s in day.lengths() if step.present and 13.8 * HOUR < step.at < 14.7 * HOUR)
    assert present == 0
