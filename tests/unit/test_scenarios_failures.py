"""Stories of engines that go away and of pilots that do not live."""

from __future__ import annotations

from plancton.core.policy import Kind
from plancton.model import Kill, Missing, Start
from tests.unit.makers import at_once, of_one
from tests.unit.simulated_host import SimulatedHost, places
from tests.unit.test_scenarios import FULL, settled, total


def test_an_engine_that_is_away_for_a_minute_grows_nothing_and_comes_back() -> None:
    host = settled(SimulatedHost(at_once(), blind=lambda t: 100 < t <= 160, life_seconds=110.0))
    host.run(20)
    away = host.run(60)
    assert all(isinstance(tick.seen.pilots, Missing) for tick in away)
    assert all(tick.decision.actions == () for tick in away)
    host.run(200)
    assert host.alive == FULL


def test_a_load_during_the_absence_is_answered_as_soon_as_the_engine_is_back() -> None:
    host = settled(
        SimulatedHost(at_once(), blind=lambda t: 100 < t <= 160, owner=lambda t: 8.0 if t >= 130 else 0.0)
    )
    host.run(80)
    assert host.alive == FULL
    host.run(2)
    assert host.alive == 0


def test_a_black_hole_is_probed_once_in_a_while_with_one_pilot() -> None:
    """Pilots that die after two seconds: 5, 10, 20 … 600 seconds between probes, not one a second."""
    host = SimulatedHost(at_once(), life_seconds=2.0, exit_code=1)
    ticks = host.run(3600)
    probes = [tick.at for tick in ticks if tick.count(Start)]
    assert len(probes) <= 15
    assert all(tick.alive <= 3 for tick in ticks)
    assert all(tick.alive <= 1 for tick in ticks if tick.at > 80)
    assert probes[-1] - probes[-2] >= 600


def test_a_black_hole_that_is_mended_fills_the_host_again() -> None:
    host = SimulatedHost(of_one(Kind(backoff_max_seconds=60.0)), life_seconds=2.0, exit_code=1)
    host.run(600)
    host.life_seconds = 1e9
    host.run(60 + 30 + 20)
    assert host.alive == FULL


def test_slow_starts_are_counted_so_that_none_is_doubled() -> None:
    host = SimulatedHost(at_once(ramp_pilots=3), start_seconds=15.0)
    ticks = host.run(120)
    assert (host.alive, total(ticks, Start)) == (FULL, FULL)
    assert max(len(places(tick).starting) for tick in ticks) == FULL


def test_slow_kills_are_counted_so_that_none_is_doubled() -> None:
    host = settled(SimulatedHost(at_once(), kill_seconds=10.0, owner=lambda t: 3.0 if t >= 100 else 0.0))
    ticks = host.run(60)
    assert (host.alive, total(ticks, Kill)) == (4, 3)


def test_nothing_is_started_while_pilots_are_still_being_killed() -> None:
    host = settled(
        SimulatedHost(at_once(calm_seconds=1.0), kill_seconds=20.0, owner=lambda t: 8.0 * (100 <= t < 105))
    )
    ticks = host.run(60)
    assert not [tick for tick in ticks if tick.count(Start) and places(tick).releasing]
    assert host.alive == FULL


def test_an_engine_that_cannot_list_still_gives_back_what_is_known() -> None:
    host = settled(SimulatedHost(at_once(), mute=lambda t: t > 100, owner=lambda t: 3.0 if t > 110 else 0.0))
    host.run(40)
    assert host.alive == FULL - 3
    assert host.ticks[-1].decision.target is None


def test_slow_starts_are_taken_back_when_the_owner_comes_and_no_pilot_is_killed_in_their_place() -> None:
    # The starts are decided from the 60th second on and would be there 15 seconds later.
    host = SimulatedHost(at_once(), start_seconds=15.0, owner=lambda t: 8.0 if t >= 64 else 0.0)
    ticks = host.run(120)
    assert total(ticks, Start) > 0
    assert (host.alive, total(ticks, Kill)) == (0, 0)
