"""What each optional signal says of a moment: whether it asks for the host, told in a sentence.

One function a signal. None of them remembers anything: how long a signal is obeyed after it has
fallen silent is told in `holds`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from plancton.core.hours import within
from plancton.core.observe import Seen
from plancton.core.policy import Policy
from plancton.core.thresholds import Battery, SignalName, Thresholds
from plancton.readings import (
    ApplicationsReading,
    DiskReading,
    LocalTime,
    Missing,
    PowerReading,
    PresenceReading,
    PressureReading,
    Signals,
    TemperatureReading,
)

# A figure at its threshold trembles. It is safe again only a fifth beyond it, or some degrees.
MARGIN_SHARE = 0.2
MARGIN_CELSIUS = 5.0
GIB = 1024**3


@dataclass(frozen=True)
class Finding:
    """`rings`: pilots have to give way. `safe`: more may be started; a threshold's margin is neither."""

    name: SignalName
    rings: bool
    safe: bool
    because: str


def findings(policy: Policy, seen: Seen) -> tuple[Finding, ...]:
    """Every signal that is asked for and could be read, in the order of SignalName."""
    found = (signal(policy.heeded, seen.signals) for signal in _SIGNALS)
    return tuple(finding for finding in found if finding is not None)


def unreadable(policy: Policy, seen: Seen) -> list[tuple[str, Missing]]:
    """The sensors that are asked for and have failed, by name."""
    readings = [(name, getattr(seen.signals, name)) for name in policy.heeded.sensors]
    return [(name, reading) for name, reading in readings if isinstance(reading, Missing)]


def _hours(asked: Thresholds, signals: Signals) -> Finding | None:
    clock = signals.clock
    if not asked.hours or not isinstance(clock, LocalTime):
        return None
    inside = within(asked.hours, clock)
    windows = "; ".join(map(str, asked.hours))
    because = f"{'within' if inside else 'outside'} the hours of lending ({windows})"
    return Finding(SignalName.HOURS, not inside, inside, because)


def _presence(asked: Thresholds, signals: Signals) -> Finding | None:
    """The sentence tells no more than the decision does: it is not for others when a person types."""
    grace, presence = asked.presence_grace_seconds, signals.presence
    if grace is None or not isinstance(presence, PresenceReading):
        return None
    here = presence.idle_seconds is not None and presence.idle_seconds < grace
    because = f"{'somebody' if here else 'nobody'} used this host within the last {grace:.0f} s"
    return Finding(SignalName.PRESENCE, here, not here, because)


def _application(asked: Thresholds, signals: Signals) -> Finding | None:
    reading = signals.applications
    if not asked.exclusive_applications or not isinstance(reading, ApplicationsReading):
        return None
    running = [name for name in asked.exclusive_applications if name in reading.running]
    because = f"{', '.join(running) or 'no exclusive application'} {'are' if running[1:] else 'is'} running"
    return Finding(SignalName.APPLICATION, bool(running), not running, because)


def _battery(asked: Thresholds, signals: Signals) -> Finding | None:
    power = signals.power
    if asked.battery is not Battery.STOP or not isinstance(power, PowerReading):
        return None
    left = "" if power.charge_share is None else f", {power.charge_share:.0%} left"
    because = f"running on battery{left}" if power.on_battery else "running on mains"
    return Finding(SignalName.BATTERY, power.on_battery, not power.on_battery, because)


def _temperature(asked: Thresholds, signals: Signals) -> Finding | None:
    most, reading = asked.temperature_most_celsius, signals.temperature
    if most is None or not isinstance(reading, TemperatureReading):
        return None
    because = f"{reading.name} is at {reading.celsius:.0f} °C (most {most:.0f})"
    safe = reading.celsius <= most - MARGIN_CELSIUS
    return Finding(SignalName.TEMPERATURE, reading.celsius > most, safe, because)


def _cpu_pressure(asked: Thresholds, signals: Signals) -> Finding | None:
    return _pressure(SignalName.CPU_PRESSURE, "cpu", asked.pressure_cpu_most_share, signals)


def _io_pressure(asked: Thresholds, signals: Signals) -> Finding | None:
    return _pressure(SignalName.IO_PRESSURE, "io", asked.pressure_io_most_share, signals)


def _memory_pressure(asked: Thresholds, signals: Signals) -> Finding | None:
    return _pressure(SignalName.MEMORY_PRESSURE, "memory", asked.pressure_memory_most_share, signals)


def _pressure(name: SignalName, resource: str, most: float | None, signals: Signals) -> Finding | None:
    reading = signals.pressure
    if most is None or not isinstance(reading, PressureReading):
        return None
    share: float | None = getattr(reading, resource)
    if share is None:
        return None
    because = f"others waited for {resource} {share:.0%} of the last 10 s (most {most:.0%})"
    return Finding(name, share > most, share <= most * (1 - MARGIN_SHARE), because)


def _disk(asked: Thresholds, signals: Signals) -> Finding | None:
    least, disk = asked.disk_free_least_share, signals.disk
    if least is None or not isinstance(disk, DiskReading):
        return None
    free = f"{disk.free_bytes / GIB:.1f} of {disk.total_bytes / GIB:.1f} GiB"
    inodes = f" and {disk.free_inodes_share:.0%} of the inodes" if disk.free_inodes_share < 1 else ""
    because = f"{free}{inodes} are free at {disk.path} (least {least:.0%})"
    safe = disk.free_share >= min(least * (1 + MARGIN_SHARE), 1.0)
    return Finding(SignalName.DISK, disk.free_share < least, safe, because)


_SIGNALS: tuple[Callable[[Thresholds, Signals], Finding | None], ...] = (
    _hours,
    _presence,
    _application,
    _battery,
    _temperature,
    _cpu_pressure,
    _io_pressure,
    _memory_pressure,
    _disk,
)
