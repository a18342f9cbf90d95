"""Stories of a host, told through the same loop of pure functions that the agent turns."""

from __future__ import annotations

from plancton.core.policy import Kind, Mode
from plancton.model import Freeze, Kill, Reason, Start, Stop, Tell, Thaw, Wish, WishKind
from tests.unit.makers import GIB, WALL, at_once, of_one
from tests.unit.simulated_host import SimulatedHost, Tick

FULL = 7  # pilots beside one core for the owner of eight


def total(ticks: list[Tick], kind: type[Start | Freeze | Thaw | Stop | Kill | Tell]) -> int:
    return sum(tick.count(kind) for tick in ticks)


def reasons(ticks: list[Tick]) -> set[Reason]:
    return {a.reason for tick in ticks for a in tick.decision.actions if isinstance(a, Freeze | Stop | Kill)}


def settled(host: SimulatedHost) -> SimulatedHost:
    host.run(80)
    assert host.alive == FULL
    return host


def test_pilots_fill_the_free_cores_after_the_calm_window_one_a_tick() -> None:
    host = SimulatedHost(at_once())
    assert total(host.run(60), Start) == 0
    ticks = host.run(20)
    assert max(tick.count(Start) for tick in ticks) == 1
    assert (host.alive, total(ticks, Start)) == (FULL, FULL)
    assert total(host.run(600), Start) == 0


def test_a_load_takes_the_pilots_away_within_two_ticks() -> None:
    host = settled(SimulatedHost(at_once(), owner=lambda t: 8.0 if t >= 100 else 0.0))
    host.run(20)
    assert host.alive == FULL
    ticks = host.run(2)
    assert host.alive == 0
    assert (ticks[0].count(Kill), reasons(ticks)) == (FULL, {Reason.OWNER_CPU})


def test_no_more_go_than_the_load_needs_and_the_rest_stays() -> None:
    host = settled(SimulatedHost(at_once(), owner=lambda t: 3.0 if t >= 100 else 0.0))
    ticks = host.run(300)
    assert host.alive == FULL - 3
    assert total(ticks, Kill) == 3


def test_pilots_return_only_after_the_calm_window() -> None:
    host = settled(SimulatedHost(at_once(), owner=lambda t: 6.0 if 100 <= t < 200 else 0.0))
    host.run(120)
    few = host.alive
    assert total(host.run(60), Start) == 0
    host.run(20)
    assert (few, host.alive) == (1, FULL)


def test_a_compile_again_and_again_does_not_kill_again_and_again() -> None:
    """Forty seconds of building, eighty of reading: pauses below the window are left alone."""
    policy = at_once(calm_seconds=120.0)
    host = SimulatedHost(policy, owner=lambda t: 8.0 if t >= 200 and t % 120 < 40 else 0.0)
    host.run(200)
    ticks = host.run(3600)
    assert (total(ticks, Start), total(ticks, Kill)) == (0, FULL)


def test_an_owner_at_the_edge_makes_no_flapping() -> None:
    for period in (2, 7, 30, 90, 150, 400):
        host = SimulatedHost(at_once(), cores=2, owner=lambda t, p=period: 0.45 if t % p < p / 2 else 0.3)  # type: ignore[misc]
        ticks = host.run(3600)
        assert total(ticks, Start) <= 1, f"period {period}"
        assert total(ticks, Kill) == 0, f"period {period}"


def test_growth_and_release_tolerances_keep_a_host_still_between_them() -> None:
    """An owner around a whole core more: pilots go once, and do not come back for a quarter of a core."""
    host = settled(SimulatedHost(at_once(), owner=lambda t: 0.0 if t < 100 else 0.4 + 0.2 * (t % 200 < 100)))
    ticks = host.run(3600)
    assert total(ticks, Kill) == 1
    assert total(ticks, Start) == 0


def test_patience_keeps_pilots_through_a_short_load_and_not_through_a_long_one() -> None:
    policy = at_once(kill_after_seconds=30.0)
    host = settled(SimulatedHost(policy, owner=lambda t: 8.0 if 100 <= t < 120 or t >= 200 else 0.0))
    assert total(host.run(120), Kill) == 0
    host.run(30)
    assert host.alive == FULL
    host.run(5)
    assert host.alive == 0


def test_a_dedicated_host_ignores_the_owner() -> None:
    host = SimulatedHost(at_once(mode=Mode.DEDICATED), owner=lambda t: 4.0 + 4.0 * (t % 10 < 5))
    ticks = host.run(300)
    assert (host.alive, total(ticks, Kill)) == (FULL, 0)


def test_a_pause_empties_the_host_and_ends_by_itself() -> None:
    pause = Wish(WishKind.PAUSE, until=WALL + 300)
    host = settled(SimulatedHost(at_once(), wish=lambda t: pause if t >= 100 else Wish()))
    ticks = host.run(30)
    assert (host.alive, reasons(ticks)) == (0, {Reason.PAUSED})
    assert total(host.run(189), Start) == 0
    host.run(20)
    assert host.alive == FULL


def test_a_drain_lets_pilots_finish_and_starts_none() -> None:
    drain = Wish(WishKind.DRAIN)
    host = settled(SimulatedHost(at_once(), life_seconds=500.0, wish=lambda t: drain if t >= 100 else Wish()))
    ticks = host.run(700)
    assert (host.alive, total(ticks[20:], Start), total(ticks, Kill)) == (0, 0, 0)


def test_a_release_ends_every_pilot_once_and_new_ones_come_after_the_calm_window() -> None:
    released = Wish(release_before=WALL + 100)
    host = settled(SimulatedHost(at_once(), wish=lambda t: released if t >= 100 else Wish()))
    ticks = host.run(60)
    assert (host.alive, total(ticks, Kill), reasons(ticks)) == (0, FULL, {Reason.RELEASED})
    ticks = host.run(600)
    assert (host.alive, total(ticks, Kill)) == (FULL, 0)


def test_a_pilot_past_its_time_is_stopped_and_replaced() -> None:
    host = settled(SimulatedHost(of_one(Kind(ttl_seconds=300.0))))
    ticks = host.run(320)
    assert (total(ticks, Stop), total(ticks, Kill), reasons(ticks)) == (FULL, 0, {Reason.EXPIRED})
    assert total(ticks, Start) == FULL


def test_a_memory_shortage_kills_at_once_and_no_more_than_needed() -> None:
    """Twelve GiB go to somebody in a second; kills are slow, and none is doubled meanwhile."""
    host = settled(
        SimulatedHost(
            at_once(kill_after_seconds=60.0),
            others_memory=lambda t: 12.0 * GIB if t >= 100 else 0.0,
            kill_seconds=3.0,
        )
    )
    ticks = host.run(60)
    # 16 - 12 - 1.6 of reserve leave room for 4 pilots of half a GiB.
    assert (host.alive, total(ticks, Kill), reasons(ticks)) == (4, 3, {Reason.MEMORY})
    assert ticks[19].count(Kill) == 3
