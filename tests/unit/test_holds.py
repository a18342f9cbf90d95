"""Signals in the course of time: none of them flaps, whatever pilots have to do with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from plancton.core.hours import Hours
from plancton.core.policy import Policy
from plancton.core.thresholds import Thresholds
from plancton.model import Freeze, Kill, Missing, PilotState, Start, Stop, Thaw, Wish, WishKind
from plancton.readings import (
    ApplicationsReading,
    DiskReading,
    LocalTime,
    PowerReading,
    PresenceReading,
    PressureReading,
    Signals,
    TemperatureReading,
)
from tests.unit.makers import GIB, at_once
from tests.unit.simulated_host import SimulatedHost, Tick

FULL = 7


def total(ticks: list[Tick], kind: type[Start | Freeze | Thaw | Stop | Kill]) -> int:
    return sum(tick.count(kind) for tick in ticks)


def host(
    asked: Thresholds, signals: Callable[[float], Signals], policy: Policy | None = None
) -> SimulatedHost:
    """A host that is full of pilots after 80 s."""
    found = SimulatedHost(replace(policy or at_once(), signals=asked), signals=signals)
    found.run(80)
    assert found.alive == FULL
    return found


def disk(share: float) -> Signals:
    return Signals(disk=DiskReading("/", 100 * GIB, int(share * 100 * GIB)))


def pressure(share: float) -> Signals:
    return Signals(pressure=PressureReading(memory=share))


MEMORY = Thresholds(pressure_memory_most_share=0.2)


def test_pilots_leave_the_battery_alone_and_return_after_the_calm_window() -> None:
    on = host(Thresholds(), lambda t: Signals(power=PowerReading(100 <= t < 200)))
    on.run(25)
    assert on.alive == 0
    assert total(on.run(153), Start) == 0
    on.run(20)
    assert on.alive == FULL


def test_a_loose_plug_makes_no_flapping() -> None:
    on = host(Thresholds(), lambda t: Signals(power=PowerReading(t >= 100 and t % 50 < 5)))
    assert total(on.run(3600), Kill) == FULL
    assert total(on.ticks[-3500:], Start) == 0


def test_an_application_takes_all_and_gives_back_after_the_calm_window() -> None:
    running, none = ApplicationsReading(("matlab",)), ApplicationsReading()
    asked = Thresholds(exclusive_applications=("matlab",))
    on = host(asked, lambda t: Signals(applications=running if 100 <= t < 400 else none))
    ticks = on.run(22)
    assert (on.alive, total(ticks, Kill)) == (0, FULL)
    assert total(on.run(356), Start) == 0
    on.run(20)
    assert on.alive == FULL


def test_presence_has_its_own_grace_and_needs_no_calm_beside_it() -> None:
    """Somebody types for ten seconds at 100 s; the grace is three minutes."""

    def signals(t: float) -> Signals:
        return Signals(presence=PresenceReading(None if t < 100 else max(t - 110.0, 0.0)))

    on = host(Thresholds(presence_grace_seconds=180.0), signals)
    on.run(22)
    assert on.alive == 0
    assert total(on.run(187), Start) == 0
    on.run(10)
    assert on.alive == FULL


def test_the_hours_open_and_close_and_need_no_calm_either() -> None:
    """A day in 24 minutes. It begins at 19:00, and an hour later the window closes."""
    evening = (Hours(frozenset(range(7)), 19 * 60, 20 * 60),)

    def signals(t: float) -> Signals:
        return Signals(clock=LocalTime(0, int(19 * 60 + t - 100) % (24 * 60)))

    on = SimulatedHost(at_once(signals=Thresholds(hours=evening)), signals=signals)
    assert total(on.run(99), Start) == 0
    assert (on.run(50) and on.alive, on.run(15) and on.alive) == (FULL, 0)
    assert total(on.run(1375), Start) == 0
    on.run(15)
    assert on.alive == FULL


# --- signals that pilots cause


def test_half_of_the_pilots_go_at_a_time_while_pressure_lasts() -> None:
    on = host(MEMORY, lambda t: pressure(0.5 if t >= 100 else 0.0))
    counts = [on.run(seconds) and on.alive for seconds in (22, 15, 15, 15)]
    assert counts == [3, 1, 0, 0]


def test_what_is_enough_is_enough() -> None:
    """Four pilots are too many, three are not."""
    on: SimulatedHost = host(MEMORY, lambda t: pressure(0.5 if t >= 100 and on.alive > 3 else 0.0))
    on.run(40)
    assert on.alive == 3


@pytest.mark.parametrize(
    ("asked", "quiet", "ringing"),
    [
        (MEMORY, pressure(0.1), pressure(0.3)),
        (Thresholds(), disk(0.3), disk(0.04)),
        (
            Thresholds(temperature_most_celsius=80.0),
            Signals(temperature=TemperatureReading(60.0, "cpu")),
            Signals(temperature=TemperatureReading(81.0, "cpu")),
        ),
    ],
    ids=["pressure", "disk", "heat"],
)
def test_an_alarm_that_pilots_cause_every_time_ends_up_at_one_an_hour(
    asked: Thresholds, quiet: Signals, ringing: Signals
) -> None:
    on: SimulatedHost = host(asked, lambda t: ringing if t >= 100 and on.alive > 5 else quiet)
    on.run(4000)
    ticks = on.run(2 * 3600)
    assert 1 <= sum(tick.count(Kill) > 0 for tick in ticks) <= 2


def test_an_alarm_of_long_ago_is_another_story() -> None:
    on = host(MEMORY, lambda t: pressure(0.3 if 100 <= t < 110 or 8000 <= t < 8010 else 0.0))
    on.run(22)
    on.run(90)
    assert on.alive == FULL
    on.run(7820)
    assert on.alive == 3
    on.run(70)
    assert on.alive == FULL


def test_a_figure_that_trembles_at_its_threshold_makes_no_flapping() -> None:
    """Within the margin nothing is killed and nothing grows."""
    on = host(MEMORY, lambda t: pressure(0.0 if t < 100 else 0.21 if t < 103 else 0.17 + 0.03 * (t % 2)))
    ticks = on.run(3600)
    assert (on.alive, total(ticks, Kill), total(ticks, Start)) == (3, 4, 0)


def test_a_sensor_that_fails_during_an_alarm_ends_nothing_and_takes_nothing() -> None:
    def signals(t: float) -> Signals:
        return (
            Signals(pressure=Missing("away")) if 101 <= t < 400 else pressure(0.3 if 100 <= t < 101 else 0.0)
        )

    on = host(MEMORY, signals)
    ticks = on.run(320)
    assert (on.alive, total(ticks, Kill)) == (3, 4)
    # After the alarm and the blindness the quiet begins only now.
    assert total(on.run(57), Start) == 0
    on.run(20)
    assert on.alive == FULL


def test_a_signal_that_is_switched_off_is_forgotten() -> None:
    on = host(MEMORY, lambda t: pressure(0.3 if t >= 100 else 0.0))
    on.run(22)
    assert on.alive == 3
    on.policy = at_once()
    on.run(10)
    assert on.alive == FULL


def test_an_owner_who_resumes_gets_pilots_only_when_the_signals_allow_it() -> None:
    paused = Wish(WishKind.PAUSE)
    on = host(Thresholds(), lambda t: Signals(power=PowerReading(t >= 150)))
    on.wish = lambda t: paused if 100 <= t < 200 else Wish()
    on.run(300)
    assert on.alive == 0
    assert on.ticks[-1].decision.binding.because == "running on battery"


# --- on the whole ladder


def test_an_application_freezes_pilots_and_a_short_one_costs_no_work() -> None:
    running, none = ApplicationsReading(("matlab",)), ApplicationsReading()
    asked = Thresholds(exclusive_applications=("matlab",))
    on = host(asked, lambda t: Signals(applications=running if 100 <= t < 130 else none), Policy())
    ticks = on.run(45)
    assert (on.alive, on.count(PilotState.FROZEN)) == (0, FULL)
    ticks += on.run(20)
    assert (on.alive, total(ticks, Thaw), total(ticks, Stop)) == (FULL, FULL, 0)


def test_pilots_that_heat_the_host_stay_frozen_until_it_has_been_cool_for_its_time() -> None:
    """Four pilots are too many, three are not: it comes back with the thaw, and the silence is doubled."""

    def signals(t: float) -> Signals:
        hot = t >= 100 and on.alive > 3
        return Signals(temperature=TemperatureReading(90.0 if hot else 60.0, "cpu"))

    on: SimulatedHost = host(Thresholds(temperature_most_celsius=80.0), signals, Policy())
    ticks = on.run(65)
    assert (on.alive, on.count(PilotState.FROZEN), total(ticks, Freeze)) == (3, 4, 4)
    ticks = on.run(40)
    assert (total(ticks, Thaw), total(ticks, Freeze), on.count(PilotState.FROZEN)) == (4, 4, 4)
    ticks = on.run(40)
    assert (total(ticks, Thaw), total(ticks, Stop)) == (0, 4), (
        "there is no room for them: their memory is freed"
    )


def test_a_shortage_that_freezing_does_not_mend_counts_the_frozen_and_kills() -> None:
    on = SimulatedHost(
        Policy(signals=MEMORY),
        owner=lambda t: 8.0 if t >= 100 else 0.0,
        signals=lambda t: pressure(0.5 if t >= 120 else 0.0),
    )
    on.run(115)
    assert on.count(PilotState.FROZEN) == FULL
    ticks = on.run(10)
    assert (total(ticks, Kill), on.count(PilotState.FROZEN)) == (FULL - FULL // 2, FULL // 2)
