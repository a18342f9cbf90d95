"""The optional sensors, read in a thread of their own.

Some are dear (a look at every process), and some may hang: a disk that is away, a battery's controller,
the system's bus. Here they can take as long as they like; the loop takes the latest that there is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from plancton.cgroup import Hierarchy
from plancton.core.thresholds import Thresholds
from plancton.readings import Missing, Signals
from plancton.sensors import applications, disk, power, pressure, temperature, wallclock
from plancton.sensors.presence import PresenceSensor

# None of the signals is about seconds: what is, the kernel's weight and the loop itself see to.
EVERY_SECONDS = 5.0
# What has not been read for so long is no reading any more.
STALE_SECONDS = 30.0
# A loop that has not come for its readings so long has ended. The next one that comes wakes it again.
UNASKED_SECONDS = 60.0
NOT_YET = Missing("not read yet")


@dataclass(frozen=True)
class Place:
    """Where the engine keeps its data and the kernel its pilots; None before the engine has told."""

    disk_root: str | None = None
    hierarchy: Hierarchy | None = None
    parent: str = ""


@dataclass(frozen=True)
class Sensors:
    """How each of them is read. A test has others."""

    presence: Callable[[], Any] = field(default_factory=lambda: PresenceSensor().read)
    applications: Callable[[tuple[str, ...], str], Any] = applications.read
    power: Callable[[], Any] = power.read
    temperature: Callable[[], Any] = temperature.read
    pressure: Callable[[Hierarchy | None, str], Any] = pressure.read
    disk: Callable[[str | None], Any] = disk.read


class Lookout:
    """Reads what is asked for, and nothing else. All that another thread sees is replaced as a whole."""

    def __init__(
        self,
        sensors: Sensors | None = None,
        clock: Callable[[], float] = time.monotonic,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._every_seconds = every_seconds
        self._sensors = sensors or Sensors()
        self._clock = clock
        self._asked: tuple[Thresholds, Place] | None = None
        self._asked_at = clock()
        self._latest: tuple[float, Mapping[str, Any]] = (clock(), {})
        self._reading = ""
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def read(self, asked: Thresholds, place: Place, wall: float) -> Signals:
        """The latest of every sensor that is asked for. Costs next to nothing and never waits."""
        slow = [name for name in asked.sensors if name != "clock"]
        clock = wallclock.read(wall) if "clock" in asked.sensors else None
        if not slow:
            return Signals(clock=clock)
        self._asked_at = self._clock()
        if self._asked != (asked, place):
            self._asked = (asked, place)
            self._wake.set()
        if self._thread is None or not self._thread.is_alive():
            self._latest = (self._clock(), {})
            self._thread = threading.Thread(target=self._work, name="lookout", daemon=True)
            self._thread.start()
        at, latest = self._latest
        late = self._clock() - at
        if late > STALE_SECONDS:
            stale = Missing(f"no reading for {late:.0f} s: {self._reading or 'it'} hangs")
            return Signals(clock=clock, **dict.fromkeys(slow, stale))
        return Signals(clock=clock, **{name: latest.get(name, NOT_YET) for name in slow})

    def look(self) -> None:
        """Read everything once."""
        if self._asked is None:
            return
        found: dict[str, Any] = {}
        for name, read in self._readers(*self._asked).items():
            self._reading = name
            try:
                found[name] = read()
            except Exception as error:
                found[name] = Missing(f"the sensor has failed: {error!r}")
        self._latest = (self._clock(), found)

    def _readers(self, asked: Thresholds, place: Place) -> dict[str, Callable[[], Any]]:
        sensors = self._sensors
        readers: dict[str, Callable[[], Any]] = {
            "presence": sensors.presence,
            "applications": lambda: sensors.applications(asked.exclusive_applications, place.parent),
            "power": sensors.power,
            "temperature": sensors.temperature,
            "pressure": lambda: sensors.pressure(place.hierarchy, place.parent),
            "disk": lambda: sensors.disk(place.disk_root),
        }
        return {name: read for name, read in readers.items() if name in asked.sensors}

    def _work(self) -> None:
        while self._clock() - self._asked_at < UNASKED_SECONDS:
            self._wake.clear()
            self.look()
            self._wake.wait(self._every_seconds)
