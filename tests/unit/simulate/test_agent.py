"""Our own policy in the simulator: the loop's order, and that leaps change nothing."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from plancton.core.policy import Kind, Mode, Policy
from plancton.simulate.agent import Agent
from plancton.simulate.contest import play
from plancton.simulate.crew import PilotSize, an_hour_or_so
from plancton.simulate.demand import Demand, Machine
from plancton.simulate.host import Host
from plancton.simulate.oracle import possible_core_seconds
from plancton.simulate.owners import OWNERS, demand_of
from plancton.simulate.score import Score
from tests.unit.simulate.makers import EIGHT, GIB, demand

HOUR = 3600.0
QUIET = Policy(calm_seconds=60.0, kill_after_seconds=0.0)


def hours(owner: str, start: float, end: float, machine: Machine = EIGHT) -> Demand:
    """A piece of an owner's day."""
    day = demand_of(owner, machine, 5)
    first = [step for step in day.steps if step.at <= start * HOUR][-1]
    rest = [step for step in day.steps if start * HOUR < step.at < end * HOUR]
    steps = [first._replace(at=0.0), *(step._replace(at=step.at - start * HOUR) for step in rest)]
    return Demand(owner, machine, (end - start) * HOUR, tuple(steps))


def played(policy: Policy, of: Demand, *, leaps: bool = True) -> Score:
    size = PilotSize(policy.default.cpus, policy.default.memory_bytes)
    return play(Agent("x", policy, leaps=leaps), Host(of, size, jobs=an_hour_or_so("a")), of)


def test_an_idle_host_is_filled_after_the_calm_window_one_pilot_a_second() -> None:
    score = played(QUIET, demand(seconds=1000.0))
    # The first rate is known at 1 s, and from then on it has to be calm for 60 s.
    assert score.harvested == pytest.approx(sum(1000 - (61 + second + 0.3) for second in range(7)))
    assert score.actions == 7


def test_a_demand_is_answered_by_the_next_look() -> None:
    score = played(QUIET, demand((500.0, 8.0), seconds=520.0))
    # From 500 to 501.1 the pilots are squeezed to what the owner misses, then they are gone.
    assert score.stolen == pytest.approx(7 * 0.03 * 1.1)
    assert score.lost == pytest.approx(score.harvested)
    assert score.impact == pytest.approx(1.1)


def test_pilots_that_end_by_themselves_are_replaced() -> None:
    score = played(QUIET, demand(seconds=3 * HOUR))
    assert score.actions == 7
    assert score.harvested > 0.98 * 7 * 3 * HOUR
    assert score.lost == 0


@pytest.mark.parametrize("owner", OWNERS)
def test_leaps_change_nothing(owner: str) -> None:
    of = hours(owner, 10.6, 11.2)
    assert astuple(played(QUIET, of)) == pytest.approx(astuple(played(QUIET, of, leaps=False)))


@pytest.mark.parametrize(
    "policy",
    [
        Policy(interval_seconds=0.7, calm_seconds=20.0),
        Policy(default=Kind(cpus=2.0), kill_after_seconds=30.0, ramp_pilots=4),
        Policy(default=Kind(ttl_seconds=600.0)),
        Policy(mode=Mode.DEDICATED),
        Policy(freeze_after_seconds=60.0, reserve_after_seconds=60.0),
        Policy(stop_after_seconds=60.0, thaw_most_seconds=0.0),
    ],
    ids=["interval", "large pilots", "short lives", "dedicated", "patient", "no patience"],
)
def test_leaps_change_nothing_for_other_policies(policy: Policy) -> None:
    of = hours("compile", 10, 10.5)
    assert astuple(played(policy, of)) == pytest.approx(astuple(played(policy, of, leaps=False)))


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("cores", [2, 8, 32])
def test_the_oracle_has_more(owner: str, cores: int) -> None:
    of = hours(owner, 10.6, 11.2, Machine(cores, cores * 2 * GIB))
    assert played(QUIET, of).harvested <= possible_core_seconds(of, QUIET)


def test_the_oracle_knows_and_is_there_at_once() -> None:
    # Seven beside nobody, one beside six cores, and a squeezed one where half a core is missing.
    of = demand((0.0, 0.0), (100.0, 6.0), (200.0, 0.4), (300.0, 7.9), seconds=400.0)
    assert possible_core_seconds(of, Policy()) == pytest.approx(100 * (7 + 1 + 7 + 0))


def test_the_oracle_keeps_what_the_policy_keeps() -> None:
    of = demand(seconds=100.0)
    assert possible_core_seconds(of, Policy(reserve_cores=4.0)) == 400
    assert possible_core_seconds(of, Policy(max_pilots=2)) == 200
    assert possible_core_seconds(of, Policy(default=Kind(cpus=3.0))) == 600
    # 16 GiB less a tenth and less the owner's one are 13.4.
    assert possible_core_seconds(of, Policy(default=Kind(memory_bytes=6 * GIB))) == 200
    # Who owns the host does not give way to anybody; what others use is gone all the same.
    busy = demand((0.0, 6.0), seconds=100.0)
    assert possible_core_seconds(busy, Policy(mode=Mode.DEDICATED)) == 200
