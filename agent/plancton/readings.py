"""What the optional sensors show: frozen values, one for each kind of signal.

Three answers are kept apart. A value; `Missing(why)`, which is a reading that failed; and None, which
means that nobody asked or that the host has nothing of the kind (no battery, a kernel without PSI).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Missing:
    """A reading that could not be had. Never the same as zero: a blind agent does not grow."""

    why: str


@dataclass(frozen=True)
class DiskReading:
    """The file system with the engine's data, in bytes. `free_inodes_share` is 0 to 1, 1 without inodes."""

    path: str
    total_bytes: int
    free_bytes: int
    free_inodes_share: float = 1.0

    @property
    def free_share(self) -> float:
        """What is left, of bytes or of inodes, whichever is scarcer: without either nothing is written."""
        return min(self.free_bytes / self.total_bytes, self.free_inodes_share)


@dataclass(frozen=True)
class PressureReading:
    """The share (0 to 1) of the last ten seconds in which somebody else than a pilot waited.

    None where the kernel does not tell it apart from the pilots' own waiting.
    """

    cpu: float | None = None
    memory: float | None = None
    io: float | None = None


@dataclass(frozen=True)
class PresenceReading:
    """Seconds since somebody used a keyboard, a mouse or a terminal; None if nobody is signed in.

    The figure stays within the agent: published, it would be a record of when a person works.
    """

    idle_seconds: float | None


@dataclass(frozen=True)
class PowerReading:
    """Where the power comes from. `charge_share` is 0 to 1, None where the battery does not say."""

    on_battery: bool
    charge_share: float | None = None


@dataclass(frozen=True)
class TemperatureReading:
    """The hottest of the processor's sensors, and its name."""

    celsius: float
    name: str


@dataclass(frozen=True)
class ApplicationsReading:
    """Which of the named applications run, sorted."""

    running: tuple[str, ...] = ()


@dataclass(frozen=True)
class LocalTime:
    """What the clock on the wall says: weekday (0 is Monday) and minutes since midnight."""

    weekday: int
    minute: int


@dataclass(frozen=True)
class Signals:
    """All of them. The names of the fields are those of the metric's label `sensor`."""

    clock: LocalTime | Missing | None = None
    presence: PresenceReading | Missing | None = None
    applications: ApplicationsReading | Missing | None = None
    power: PowerReading | Missing | None = None
    temperature: TemperatureReading | Missing | None = None
    pressure: PressureReading | Missing | None = None
    disk: DiskReading | Missing | None = None


def readable(signals: Signals) -> Mapping[str, bool]:
    """Whether each reading succeeded. What nobody asked for, or the host has not, is not in it."""
    readings = {f.name: getattr(signals, f.name) for f in fields(signals)}
    return {name: not isinstance(r, Missing) for name, r in readings.items() if r is not None}
