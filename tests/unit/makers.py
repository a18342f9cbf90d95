"""Short ways to say what a test needs: pilots, samples, what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from plancton.core.memory import Memory, Rates
from plancton.core.observe import Pilots, Seen
from plancton.core.policy import Kind, Policy
from plancton.core.window import Window
from plancton.model import (
    CpuCounters,
    Listing,
    MemoryReading,
    Missing,
    Pilot,
    PilotState,
    PoolCounters,
    Sample,
    Wish,
)
from plancton.pilot_environment import Here
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

GIB = 1024**3
HERE = Here("pc01.example.org", 4)
# Some moment of 2026 and some time after boot: whole numbers keep golden sentences readable.
WALL = 1_790_000_000.0
NOW = 10_000.0
PLENTY = MemoryReading(64 * GIB, 60 * GIB)
BLIND = Missing("out of sight")
WELCOME = Wish()
SILENT = Signals()
# Every sensor has something to say, and nothing of it speaks against pilots.
QUIET = Signals(
    clock=LocalTime(0, 12 * 60),
    presence=PresenceReading(None),
    applications=ApplicationsReading(),
    power=PowerReading(on_battery=False, charge_share=1.0),
    temperature=TemperatureReading(45.0, "x86_pkg_temp"),
    pressure=PressureReading(0.0, 0.0, 0.0),
    disk=DiskReading("/var/lib/docker", 100 * GIB, 80 * GIB, 0.9),
)


def pilot(
    number: int = 1, state: PilotState = PilotState.RUNNING, age: float = 3600.0, kind: str = "default"
) -> Pilot:
    """The id and the name tell the number."""
    return Pilot(f"{number:064x}", f"{kind}-{number}", kind, state, WALL - age, "spec")


def crew(count: int) -> tuple[Pilot, ...]:
    """Running pilots, the first the oldest."""
    return tuple(pilot(n, age=10_000.0 - n) for n in range(1, count + 1))


def listing(*pilots: Pilot, asked_at: float = NOW) -> Listing:
    return Listing(pilots, asked_at)


def sample(
    at: float = NOW,
    *,
    busy: float = 0.0,
    pilots: float = 0.0,
    steal: float = 0.0,
    cores: int = 4,
    listed: Iterable[Pilot] = (),
) -> Sample:
    """One reading; `busy`, `pilots` and `steal` are the counters, in seconds."""
    return Sample(
        monotonic=at,
        wall=WALL + at - NOW,
        cpu=CpuCounters(busy, steal, cores),
        pool=PoolCounters(pilots, frozenset()),
        memory=PLENTY,
        listing=Listing(tuple(listed), at),
    )


def at_once(**numbers: Any) -> Policy:
    """A policy whose ladder has one rung, the kill, and that keeps the reserve whole at every moment."""
    ladder = {
        "reserve_after_seconds": 0.0,
        "freeze_after_seconds": None,
        "stop_after_seconds": None,
        "kill_after_seconds": 0.0,
    }
    return Policy(**{**ladder, **numbers})


def of_one(default: Kind, **numbers: Any) -> Policy:
    """A host whose only kind is this one."""
    return at_once(default=default, **numbers)


def split(pilots: Iterable[Pilot], **others: Any) -> Pilots:
    """Running and frozen ones, each in their place."""
    pilots = tuple(pilots)
    frozen = tuple(p for p in pilots if p.state is PilotState.FROZEN)
    return Pilots(running=tuple(p for p in pilots if p not in frozen), frozen=frozen, **others)


def seen(
    alive: Iterable[Pilot] = (),
    *,
    owner: float = 0.0,
    cores: float = 8.0,
    wish: Wish = WELCOME,
    memory: MemoryReading | Missing = PLENTY,
    held: int = 0,
    pilots: Pilots | Missing | None = None,
    rates: Rates | Missing | None = None,
    images: Mapping[str, Missing] | None = None,
    weight: Missing | None = None,
    known: Pilots | None = None,
    signals: Signals = SILENT,
    software: Mapping[str, Missing | None] | None = None,
) -> Seen:
    """A quiet host of eight cores, unless something else is said. `held` is what pilots hold, in bytes."""
    listed = split(alive) if pilots is None else pilots
    if known is None:
        known = Pilots() if isinstance(listed, Missing) else listed
    return Seen(
        monotonic=NOW,
        wall=WALL,
        rates=Rates(1.0, cores, owner, 0.0) if rates is None else rates,
        memory=memory,
        pilots_memory_bytes=held,
        pilots=listed,
        known=known,
        images=images or {},
        weight=weight,
        wish=wish,
        signals=signals,
        software=software or {},
    )


def calm(peak: float = 0.0, since: float = NOW - 3600.0) -> Memory:
    """A memory whose calm window is full."""
    return Memory(owner=Window(since, ((NOW - 1.0, peak),)))
