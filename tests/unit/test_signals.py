"""What each optional signal asks for, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from plancton.core.decide import Decision, decide
from plancton.core.hours import Hours
from plancton.core.limits import Limit, LimitName, Rung
from plancton.core.policy import Mode, Policy
from plancton.core.signals import findings
from plancton.core.thresholds import Battery, SignalName, Thresholds
from plancton.model import Kill, Reason, Start, Stop, Wish, WishKind
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
from tests.unit.makers import BLIND, GIB, QUIET, at_once, calm, crew, seen

NIGHTS = (Hours(frozenset(range(5)), 19 * 60, 7 * 60),)
ALL = Thresholds(
    hours=NIGHTS,
    presence_grace_seconds=900.0,
    exclusive_applications=("matlab", "game"),
    temperature_most_celsius=85.0,
    pressure_cpu_most_share=0.2,
    pressure_io_most_share=0.2,
    pressure_memory_most_share=0.2,
)
POLICY = at_once(signals=ALL)
NIGHT = replace(QUIET, clock=LocalTime(0, 20 * 60))
GENTLE, AT_ONCE = Rung.FREEZE, Rung.KILL
# What each says as soon as it rings: the sentence, where on the ladder it begins, and how many of seven
# pilots it leaves at first.
RINGING: dict[SignalName, tuple[Signals, str, Rung, int]] = {
    SignalName.HOURS: (
        replace(NIGHT, clock=LocalTime(0, 12 * 60)),
        "outside the hours of lending (mon,tue,wed,thu,fri 19:00-07:00)",
        GENTLE,
        0,
    ),
    SignalName.PRESENCE: (
        replace(NIGHT, presence=PresenceReading(899.0)),
        "somebody used this host within the last 900 s",
        GENTLE,
        0,
    ),
    SignalName.APPLICATION: (
        replace(NIGHT, applications=ApplicationsReading(("game", "matlab"))),
        "matlab, game are running",
        GENTLE,
        0,
    ),
    SignalName.BATTERY: (
        replace(NIGHT, power=PowerReading(on_battery=True, charge_share=0.54)),
        "running on battery, 54% left",
        GENTLE,
        0,
    ),
    SignalName.TEMPERATURE: (
        replace(NIGHT, temperature=TemperatureReading(86.0, "k10temp")),
        "k10temp is at 86 °C (most 85)",
        GENTLE,
        3,
    ),
    SignalName.CPU_PRESSURE: (
        replace(NIGHT, pressure=PressureReading(0.31, 0.0, 0.0)),
        "others waited for cpu 31% of the last 10 s (most 20%)",
        GENTLE,
        3,
    ),
    SignalName.IO_PRESSURE: (
        replace(NIGHT, pressure=PressureReading(0.0, 0.0, 0.31)),
        "others waited for io 31% of the last 10 s (most 20%)",
        GENTLE,
        3,
    ),
    SignalName.MEMORY_PRESSURE: (
        replace(NIGHT, pressure=PressureReading(0.0, 0.31, 0.0)),
        "others waited for memory 31% of the last 10 s (most 20%)",
        AT_ONCE,
        3,
    ),
    SignalName.DISK: (
        replace(NIGHT, disk=DiskReading("/docker", 100 * GIB, 4 * GIB)),
        "4.0 of 100.0 GiB are free at /docker (least 5%)",
        AT_ONCE,
        3,
    ),
}


def decided(signals: Signals, policy: Policy = POLICY, **at: Any) -> Decision:
    """On a calm host with seven pilots."""
    return decide(policy, calm(), seen(at.pop("alive", crew(7)), signals=signals, **at))[1]


def limits_of(decision: Decision) -> list[Limit]:
    names = {LimitName(name.value) for name in SignalName}
    return [limit for limit in decision.limits if limit.name in names]


def test_signals_are_limits_and_reasons_by_the_same_names_and_in_the_same_order() -> None:
    names = [name.value for name in SignalName]
    assert [limit.value for limit in LimitName if limit.value in names] == names
    assert [reason.value for reason in Reason if reason.value in names] == names
    assert set(RINGING) == set(SignalName)
    assert [f.name for f in findings(POLICY, seen(signals=NIGHT))] == list(SignalName)


def test_none_speaks_on_a_quiet_host_and_none_is_needed() -> None:
    assert limits_of(decided(NIGHT)) == []
    assert limits_of(decided(Signals())) == []
    assert decided(NIGHT).actions == ()


@pytest.mark.parametrize("name", RINGING, ids=lambda name: str(name.value))
def test_a_signal_that_rings_takes_pilots_with_its_own_reason(name: SignalName) -> None:
    signals, sentence, rung, ceiling = RINGING[name]
    decision = decided(signals)
    assert limits_of(decision) == [
        Limit(LimitName(name.value), 0, sentence, ceiling, Reason(name.value), rung)
    ]
    assert decision.binding.name.value == name.value
    assert [a.reason for a in decision.actions if isinstance(a, Kill)] == [Reason(name.value)] * (7 - ceiling)


@pytest.mark.parametrize("name", RINGING, ids=lambda name: str(name.value))
def test_what_is_not_asked_for_is_not_heeded(name: SignalName) -> None:
    off = Thresholds(battery=Battery.IGNORE, disk_free_least_share=None)
    assert limits_of(decided(RINGING[name][0], Policy(signals=off))) == []


@pytest.mark.parametrize("name", RINGING, ids=lambda name: str(name.value))
def test_gentle_signals_are_as_patient_as_the_configuration(name: SignalName) -> None:
    signals, _, rung, _ = RINGING[name]
    decision = decided(signals, replace(POLICY, kill_after_seconds=60.0))
    assert any(isinstance(a, Kill) for a in decision.actions) is (rung is AT_ONCE)


@pytest.mark.parametrize(
    "name", ["clock", "presence", "applications", "power", "temperature", "pressure", "disk"]
)
def test_a_sensor_that_fails_means_no_growth_and_no_kill(name: str) -> None:
    failed = replace(NIGHT, **{name: BLIND})
    decision = decided(failed, alive=crew(3))
    assert decision.actions == ()
    assert decision.binding.name is LimitName.BLIND
    assert decision.binding.because == f"blind: {name}: {BLIND.why}"


def test_a_sensor_that_nobody_needs_may_fail() -> None:
    failed = Signals(*[BLIND] * 7)
    off = Policy(signals=Thresholds(battery=Battery.IGNORE, disk_free_least_share=None))
    assert any(isinstance(a, Start) for a in decided(failed, off, alive=()).actions)


def test_a_dedicated_host_has_no_owner_and_can_still_run_hot_or_full() -> None:
    dedicated = replace(POLICY, mode=Mode.DEDICATED)
    heeded = {name for name, told in RINGING.items() if limits_of(decided(told[0], dedicated))}
    no_owner = {SignalName.PRESENCE, SignalName.APPLICATION, SignalName.CPU_PRESSURE, SignalName.IO_PRESSURE}
    assert heeded == set(SignalName) - no_owner


# --- thresholds


@pytest.mark.parametrize(
    ("reading", "rings", "safe"),
    [
        (replace(NIGHT, disk=DiskReading("/", 100, 5)), False, False),
        (replace(NIGHT, disk=DiskReading("/", 100, 6)), False, True),
        (replace(NIGHT, disk=DiskReading("/", 100, 50, 0.04)), True, False),
        (replace(NIGHT, temperature=TemperatureReading(85.0, "x")), False, False),
        (replace(NIGHT, temperature=TemperatureReading(80.0, "x")), False, True),
        (replace(NIGHT, pressure=PressureReading(memory=0.2)), False, False),
        (replace(NIGHT, pressure=PressureReading(memory=0.16)), False, True),
        (replace(NIGHT, presence=PresenceReading(900.0)), False, True),
        (replace(NIGHT, presence=PresenceReading(None)), False, True),
        (replace(NIGHT, power=PowerReading(on_battery=False)), False, True),
    ],
)
def test_a_figure_is_safe_only_beyond_the_margin_of_its_threshold(
    reading: Signals,
    rings: bool,  # noqa: FBT001
    safe: bool,  # noqa: FBT001
) -> None:
    found = findings(POLICY, seen(signals=reading))
    assert any(finding.rings for finding in found) is rings
    assert all(finding.safe for finding in found) is safe


def test_a_margin_leaves_something_that_can_be_reached() -> None:
    full = replace(NIGHT, disk=DiskReading("/", 100, 100))
    strict = Policy(signals=Thresholds(disk_free_least_share=0.9))
    assert all(finding.safe for finding in findings(strict, seen(signals=full)))


def test_the_sentence_about_a_person_tells_no_more_than_the_decision() -> None:
    near, far = (replace(NIGHT, presence=PresenceReading(idle)) for idle in (3.0, 300.0))
    assert decided(near) == decided(far)


# --- the owner's wish


@pytest.mark.parametrize("name", RINGING, ids=lambda name: str(name.value))
def test_a_pause_beats_every_signal(name: SignalName) -> None:
    decision = decided(RINGING[name][0], wish=Wish(WishKind.PAUSE, by="ann"))
    assert decision.binding.because == "paused by ann"
    ceiling = RINGING[name][3] if RINGING[name][2] is AT_ONCE else 7
    assert [a.reason for a in decision.actions if isinstance(a, Kill)] == [Reason(name.value)] * (7 - ceiling)
    assert [a.reason for a in decision.actions if isinstance(a, Stop)] == [Reason.PAUSED] * ceiling


@pytest.mark.parametrize("name", RINGING, ids=lambda name: str(name.value))
def test_a_drain_beats_the_silence_of_all_and_a_signal_still_takes_what_it_needs(name: SignalName) -> None:
    drain = Wish(WishKind.DRAIN)
    quiet = decided(NIGHT, alive=crew(1), wish=drain)
    assert (quiet.binding.name, quiet.actions) == (LimitName.WISH, ())
    signals, _, _, ceiling = RINGING[name]
    assert decided(signals, wish=drain).target == ceiling


@pytest.mark.parametrize("name", RINGING, ids=lambda name: str(name.value))
def test_to_resume_is_to_take_a_wish_back_and_not_to_overrule_a_signal(name: SignalName) -> None:
    resumed = decided(RINGING[name][0], alive=(), wish=Wish(WishKind.RUN, by="ann"))
    assert not any(isinstance(a, Start) for a in resumed.actions)
