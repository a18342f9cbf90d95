"""At which readings the optional signals speak up. None, or nothing listed, means that they never do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

from plancton.core.hours import Hours


class SignalName(str, Enum):
    """The signals in the order in which a tie is told. Each is a LimitName and a Reason, too."""

    HOURS = "hours"
    PRESENCE = "presence"
    APPLICATION = "application"
    BATTERY = "battery"
    TEMPERATURE = "temperature"
    CPU_PRESSURE = "cpu_pressure"
    IO_PRESSURE = "io_pressure"
    MEMORY_PRESSURE = "memory_pressure"
    DISK = "disk"


# A frozen pilot gives back neither memory nor disk: for these it is there as much as a running one.
HELD_WHILE_FROZEN = {SignalName.MEMORY_PRESSURE, SignalName.DISK}

# Their fields in Signals.
SENSOR_OF = {
    SignalName.HOURS: "clock",
    SignalName.PRESENCE: "presence",
    SignalName.APPLICATION: "applications",
    SignalName.BATTERY: "power",
    SignalName.TEMPERATURE: "temperature",
    SignalName.CPU_PRESSURE: "pressure",
    SignalName.IO_PRESSURE: "pressure",
    SignalName.MEMORY_PRESSURE: "pressure",
    SignalName.DISK: "disk",
}


class Battery(str, Enum):
    """What is done while the host runs on its battery."""

    STOP = "stop"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Thresholds:
    """Shares are 0 to 1. The fields are the keys of the configuration's section `signals`."""

    hours: tuple[Hours, ...] = ()
    presence_grace_seconds: float | None = None
    exclusive_applications: tuple[str, ...] = ()
    battery: Battery = Battery.STOP
    temperature_most_celsius: float | None = None
    pressure_cpu_most_share: float | None = None
    pressure_io_most_share: float | None = None
    pressure_memory_most_share: float | None = None
    disk_free_least_share: float | None = 0.05

    def on_a_dedicated_host(self) -> Thresholds:
        """Without those that speak for an owner: such a host has none. It can still run hot or full."""
        return replace(
            self,
            presence_grace_seconds=None,
            exclusive_applications=(),
            pressure_cpu_most_share=None,
            pressure_io_most_share=None,
        )

    @cached_property
    def names(self) -> tuple[SignalName, ...]:
        """The signals that may speak up, in the order of SignalName."""
        asked = {
            SignalName.HOURS: bool(self.hours),
            SignalName.PRESENCE: self.presence_grace_seconds is not None,
            SignalName.APPLICATION: bool(self.exclusive_applications),
            SignalName.BATTERY: self.battery is Battery.STOP,
            SignalName.TEMPERATURE: self.temperature_most_celsius is not None,
            SignalName.CPU_PRESSURE: self.pressure_cpu_most_share is not None,
            SignalName.IO_PRESSURE: self.pressure_io_most_share is not None,
            SignalName.MEMORY_PRESSURE: self.pressure_memory_most_share is not None,
            SignalName.DISK: self.disk_free_least_share is not None,
        }
        return tuple(name for name, is_asked in asked.items() if is_asked)

    @cached_property
    def sensors(self) -> tuple[str, ...]:
        """The sensors that are needed, by the names of their fields in Signals."""
        return tuple(dict.fromkeys(SENSOR_OF[name] for name in self.names))
