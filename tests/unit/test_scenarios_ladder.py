"""Stories of the ladder: freeze at once, stop after a while, kill after the grace."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from plancton.core.policy import Policy
from plancton.model import Freeze, Kill, PilotState, Reason, Start, Stop, Thaw
from tests.unit.makers import GIB
from tests.unit.simulated_host import SimulatedHost
from tests.unit.test_scenarios import FULL, reasons, settled, total

# The defaults, told in less time.
POLICY = Policy(stop_after_seconds=60.0)


def test_a_short_load_freezes_and_costs_no_work() -> None:
    """A video call: some pilots freeze, none dies, and all go on when it is over."""
    host = settled(SimulatedHost(Policy(), owner=lambda t: 3.0 if 100 <= t < 160 else 0.0))
    ticks = host.run(60)
    assert (host.count(PilotState.FROZEN), host.alive) == (3, FULL - 3)
    ticks += host.run(60)
    assert (host.count(PilotState.FROZEN), host.alive) == (0, FULL)
    assert (total(ticks, Freeze), total(ticks, Thaw)) == (3, 3)
    assert (total(ticks, Stop), total(ticks, Kill), total(ticks, Start)) == (0, 0, 0)


def test_all_that_are_in_the_way_freeze_within_two_ticks() -> None:
    host = settled(SimulatedHost(Policy(), owner=lambda t: 8.0 if t >= 100 else 0.0))
    host.run(20)
    ticks = host.run(2)
    assert (host.alive, host.count(PilotState.FROZEN)) == (0, FULL)
    assert ticks[0].count(Freeze) == FULL


def test_frozen_pilots_go_on_when_room_has_settled_the_oldest_first() -> None:
    host = settled(SimulatedHost(Policy(), owner=lambda t: 0.0 if t < 100 else 8.0 if t < 130 else 3.0))
    host.run(50)
    assert host.count(PilotState.FROZEN) == FULL
    host.run(25)
    running = [p for p in host.pilots.values() if p.state is PilotState.RUNNING]
    frozen = [p for p in host.pilots.values() if p.state is PilotState.FROZEN]
    assert (len(running), len(frozen)) == (4, 3)
    assert max(p.created_at for p in running) <= min(p.created_at for p in frozen)


def test_a_long_load_stops_the_frozen_after_their_time_and_frees_their_memory() -> None:
    host = settled(SimulatedHost(POLICY, owner=lambda t: 8.0 if t >= 100 else 0.0))
    ticks = host.run(70)
    assert (total(ticks, Stop), host.count(PilotState.FROZEN)) == (0, FULL)
    ticks = host.run(20)
    assert (total(ticks, Stop), total(ticks, Kill), reasons(ticks)) == (FULL, 0, {Reason.OWNER_CPU})
    assert host.pilots == {}
    assert total(host.run(3600), Start) == 0


def test_who_does_not_end_when_asked_is_killed_after_the_grace() -> None:
    host = settled(SimulatedHost(POLICY, stop_seconds=1e9, owner=lambda t: 8.0 if t >= 100 else 0.0))
    ticks = host.run(100)
    assert (total(ticks, Stop), total(ticks, Kill)) == (FULL, FULL)
    stopped = next(tick.at for tick in ticks if tick.count(Stop))
    killed = next(tick.at for tick in ticks if tick.count(Kill))
    assert 10 <= killed - stopped <= 12


def test_no_more_are_stopped_than_the_owner_still_needs() -> None:
    """Everything freezes for a peak; then the owner stays with three cores, and four pilots go on."""
    host = settled(SimulatedHost(POLICY, owner=lambda t: 0.0 if t < 100 else 8.0 if t < 130 else 3.0))
    ticks = host.run(200)
    assert (total(ticks, Freeze), total(ticks, Stop), host.alive) == (FULL, 3, 4)


def test_a_compile_again_and_again_neither_kills_nor_starts() -> None:
    """Forty seconds of building in ten minutes, all day: the harvest of the pauses is kept."""
    host = SimulatedHost(Policy(), owner=lambda t: 8.0 if t >= 200 and t % 600 < 40 else 0.0)
    host.run(200)
    ticks = host.run(6 * 3600)
    assert (total(ticks, Stop), total(ticks, Kill), total(ticks, Start)) == (0, 0, 0)
    assert total(ticks, Freeze) == total(ticks, Thaw) == FULL * 36


def test_rungs_can_be_skipped() -> None:
    def loaded(**numbers: Any) -> tuple[int, int, int]:
        host = settled(
            SimulatedHost(
                replace(POLICY, **numbers), stop_seconds=1e9, owner=lambda t: 8.0 if t >= 100 else 0.0
            )
        )
        ticks = host.run(200)
        return total(ticks, Freeze), total(ticks, Stop), total(ticks, Kill)

    assert loaded(stop_after_seconds=None) == (FULL, 0, 0)
    assert loaded(freeze_after_seconds=None) == (0, FULL, FULL)
    assert loaded(freeze_after_seconds=None, stop_after_seconds=0.0) == (0, FULL, FULL)
    assert loaded(stop_after_seconds=None, kill_after_seconds=30.0) == (FULL, 0, FULL)
    assert loaded(freeze_after_seconds=None, stop_after_seconds=None) == (0, 0, 0)


@pytest.mark.parametrize(
    ("stop", "kill", "asked", "killed"), [(60.0, None, FULL, 0), (None, 60.0, 0, FULL), (None, None, 0, 0)]
)
def test_who_cannot_be_frozen_goes_by_the_next_rung_at_once(
    stop: float | None, kill: float | None, asked: int, killed: int
) -> None:
    policy = Policy(stop_after_seconds=stop, kill_after_seconds=kill)
    host = settled(SimulatedHost(policy, cannot=Freeze, owner=lambda t: 8.0 if t >= 100 else 0.0))
    ticks = host.run(35)
    assert (total(ticks, Stop), total(ticks, Kill)) == (asked, killed)
    assert host.alive == FULL - asked - killed


def test_a_memory_shortage_kills_frozen_pilots_at_once() -> None:
    host = settled(
        SimulatedHost(
            Policy(),
            owner=lambda t: 8.0 if t >= 100 else 0.0,
            others_memory=lambda t: 12.0 * GIB if t >= 110 else 0.0,
        )
    )
    ticks = host.run(40)
    assert (total(ticks, Kill), reasons(ticks)) == (3, {Reason.OWNER_CPU, Reason.MEMORY})
    assert host.count(PilotState.FROZEN) == 4


# --- patience


def test_bursts_again_and_again_are_waited_out() -> None:
    """Five seconds in each half minute, for five hours: the first few cost something, the rest nothing."""
    host = settled(SimulatedHost(Policy(), owner=lambda t: 8.0 if 100 <= t < 18100 and t % 30 < 5 else 0.0))
    ticks = host.run(18100 - 80)
    assert (total(ticks, Freeze), total(ticks, Thaw)) == (3 * FULL, 2 * FULL)
    assert (total(ticks, Stop), total(ticks, Start)) == (FULL, 0)
    host.run(400)
    assert host.alive == FULL, "and once it is over they come back"


def test_an_owner_who_leaves_pilots_in_peace_is_not_waited_for_longer() -> None:
    host = settled(SimulatedHost(Policy(), owner=lambda t: 8.0 if t >= 100 and t % 120 < 10 else 0.0))
    ticks = host.run(7200)
    assert total(ticks, Freeze) == pytest.approx(60 * FULL, abs=FULL)
    assert total(ticks, Stop) == 0


# --- the reserve


def test_the_owners_bursts_use_the_reserve_and_cost_nobody_anything() -> None:
    host = settled(SimulatedHost(Policy(), owner=lambda t: 1.2 if t >= 100 and t % 60 < 25 else 0.0))
    ticks = host.run(3600)
    assert (total(ticks, Freeze), host.alive) == (0, FULL)


def test_an_owner_who_stays_in_the_reserve_gets_it_back_whole() -> None:
    host = settled(SimulatedHost(Policy(), owner=lambda t: 1.2 if t >= 100 else 0.0))
    ticks = host.run(120)
    frozen_at = next(tick.at for tick in ticks if tick.count(Freeze))
    assert frozen_at == pytest.approx(130, abs=2)
    assert (total(ticks, Freeze), host.alive) == (1, FULL - 1)


def test_beside_the_reserve_nobody_stays_in_the_way_even_for_a_second() -> None:
    host = settled(SimulatedHost(Policy(), owner=lambda t: 3.0 if t >= 100 else 0.0))
    host.run(23)
    assert host.alive == 5, "three cores for the owner, and the reserve is in use"
    host.run(35)
    assert host.alive == 4, "and then it is whole again"
