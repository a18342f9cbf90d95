"""How many pilots each concern allows. One function a concern, each told in a sentence.

A limit has two numbers. More pilots than `ceiling` must go; fewer than `floor` may be joined by
others; between the two nothing is done. That gap keeps a host at the edge from starting and killing
pilots in turn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, IntEnum

from plancton.core.holds import demands
from plancton.core.memory import Memory, Rates
from plancton.core.observe import Pilots, Seen
from plancton.core.patience import calm_seconds, thaw_seconds
from plancton.core.policy import Mode, Policy
from plancton.core.signals import unreadable
from plancton.core.thresholds import HELD_WHILE_FROZEN
from plancton.model import Missing, Reap, Reason, WishKind

# "No limit from this concern." Above any number of pilots that a host could hold.
UNLIMITED = 1_000_000


class LimitName(str, Enum):
    """The values of the metric's label `limit`. On a tie the first one named here is the reason."""

    WISH = "wish"
    BLIND = "blind"
    WEIGHT = "weight"
    IMAGE = "image"
    BACKOFF = "backoff"
    MAX_PILOTS = "max_pilots"
    HOURS = "hours"
    PRESENCE = "presence"
    APPLICATION = "application"
    BATTERY = "battery"
    TEMPERATURE = "temperature"
    CPU_PRESSURE = "cpu_pressure"
    IO_PRESSURE = "io_pressure"
    MEMORY_PRESSURE = "memory_pressure"
    DISK = "disk"
    MEMORY = "memory"
    CPU = "cpu"
    CALM = "calm"


class Rung(IntEnum):
    """How pilots over a ceiling are taken away.

    FREEZE is the whole ladder with its clocks: it serves what a pilot without CPU no longer disturbs.
    STOP asks at once, KILL does not ask.
    """

    FREEZE = 1
    STOP = 2
    KILL = 3


@dataclass(frozen=True)
class Limit:
    """What one concern allows, and on which rung of the ladder it begins.

    `thaw_ceiling`: frozen pilots go on only up to this number, where that is less than what may stay.
    """

    name: LimitName
    floor: int
    because: str
    ceiling: int = UNLIMITED
    reason: Reason = Reason.OWNER_CPU
    rung: Rung = Rung.FREEZE
    thaw_ceiling: int = UNLIMITED

    @property
    def resume(self) -> int:
        """Up to how many running pilots a frozen one may join."""
        return min(self.ceiling, self.thaw_ceiling)


def limits(policy: Policy, memory: Memory, seen: Seen, pilots: Pilots) -> tuple[Limit, ...]:
    """Every limit that applies now, in the order of LimitName."""
    found = (
        _wish(policy, seen),
        _blind(policy, seen),
        _weight(policy, seen),
        _image(seen),
        _backoff(policy, memory, seen, pilots),
        _max_pilots(policy),
        *_signals(policy, memory, seen),
        _memory(policy, seen, pilots),
        _cpu(policy, memory, seen),
        _calm(policy, memory, seen),
    )
    return tuple(limit for limit in found if limit is not None)


def _wish(policy: Policy, seen: Seen) -> Limit | None:
    wish, kind = seen.wish, seen.wish.now(seen.wall)
    by = f" by {wish.by}" if wish.by else ""
    if kind is WishKind.PAUSE:
        return Limit(LimitName.WISH, 0, f"paused{by}", 0, Reason.PAUSED, Rung.STOP)
    if kind is WishKind.DRAIN:
        return Limit(LimitName.WISH, 0, f"draining, as asked{by}")
    # Also while that moment is still to come (the clock was set back): nothing grows until then.
    if seen.wall - wish.release_before < policy.calm_seconds:
        return Limit(LimitName.WISH, 0, f"all pilots were released{by}")
    return None


def _blind(policy: Policy, seen: Seen) -> Limit | None:
    reasons = [f"{name}: {reading.why}" for name, reading in (*_missing(seen), *unreadable(policy, seen))]
    return Limit(LimitName.BLIND, 0, "blind: " + "; ".join(reasons)) if reasons else None


def _missing(seen: Seen) -> list[tuple[str, Missing]]:
    readings = (("cpu", seen.rates), ("memory", seen.memory), ("engine", seen.pilots))
    return [(name, reading) for name, reading in readings if isinstance(reading, Missing)]


def _weight(policy: Policy, seen: Seen) -> Limit | None:
    """Where pilots would compete with the owner as equals there are none more of them."""
    if seen.weight is None or policy.mode is not Mode.OPPORTUNISTIC:
        return None
    return Limit(LimitName.WEIGHT, 0, f"pilots would not give way: {seen.weight.why}")


def _image(seen: Seen) -> Limit | None:
    return Limit(LimitName.IMAGE, 0, f"no image: {seen.image.why}") if seen.image else None


def _backoff(policy: Policy, memory: Memory, seen: Seen, pilots: Pilots) -> Limit | None:
    backoff = memory.backoff
    if not backoff.failures:
        return None
    waiting = backoff.retry_at - seen.monotonic
    proven = sum(seen.wall - p.created_at >= policy.fizzle_seconds for p in pilots.alive)
    told = f"{backoff.why} ({backoff.failures} in a row)"
    if waiting > 0:
        return Limit(LimitName.BACKOFF, 0, f"{told}; next try in {waiting:.0f} s")
    if _endings_unknown(memory, pilots):
        return Limit(LimitName.BACKOFF, 0, f"{told}; looking how the last one ended")
    return Limit(LimitName.BACKOFF, proven + 1, f"{told}; one probe")


def _endings_unknown(memory: Memory, pilots: Pilots) -> bool:
    """Whether a pilot has ended and it is not known yet how: it may be the next failure."""
    reaping = any(isinstance(action, Reap) for action in memory.in_flight.values())
    return reaping or any(p.id not in memory.not_before for p in pilots.ended)


def _max_pilots(policy: Policy) -> Limit | None:
    most = policy.max_pilots
    if most is None:
        return None
    return Limit(LimitName.MAX_PILOTS, most, f"max_pilots is {most}", most, Reason.POOL_SIZE, Rung.STOP)


def _signals(policy: Policy, memory: Memory, seen: Seen) -> tuple[Limit, ...]:
    """What the optional signals ask for. Names of signals are names of limits and of reasons."""
    return tuple(
        Limit(
            LimitName(demand.name.value),
            0,
            demand.because,
            UNLIMITED if demand.ceiling is None else demand.ceiling,
            Reason(demand.name.value),
            Rung.KILL if demand.name in HELD_WHILE_FROZEN else Rung.FREEZE,
            UNLIMITED if demand.thaw_ceiling is None else demand.thaw_ceiling,
        )
        for demand in demands(policy, memory.holds, seen)
    )


def _memory(policy: Policy, seen: Seen, pilots: Pilots) -> Limit | None:
    reading = seen.memory
    if isinstance(reading, Missing):
        return None
    reserve = policy.memory_reserve_of(reading.total_bytes)
    each = policy.memory_per_pilot_bytes
    now = pilots.kept + len(pilots.stopping)
    spare = reading.available_bytes - reserve
    # To grow, every pilot counts with all that it may use. To stay, it is enough that the owner's
    # share is not touched; what a pilot on its way out holds is as good as free.
    floor = max(math.floor((spare + seen.pilots_memory_bytes) / each), 0)
    short = max(math.ceil(-spare / each) - len(pilots.releasing), 0)
    because = f"{_gib(reading.available_bytes)} of {_gib(reading.total_bytes)} GiB are available"
    ceiling = max(now - short, 0) if short else UNLIMITED
    return Limit(LimitName.MEMORY, min(floor, ceiling), because, ceiling, Reason.MEMORY, Rung.KILL)


def _cpu(policy: Policy, memory: Memory, seen: Seen) -> Limit | None:
    """The reserve is what the owner's bursts use: for a while nobody has to go for it."""
    rates = seen.rates
    if isinstance(rates, Missing):
        return None
    capacity, owner = rates.capacity_cores, rates.owner_cores
    whole = beside_reserve(policy, rates)
    in_use = policy.mode is not Mode.DEDICATED and not _used_for_long(policy, memory, seen)
    return Limit(
        LimitName.CPU,
        _fit(policy, _free(policy, rates), policy.grow_slack_cores),
        f"owner uses {owner:.1f} of {capacity:.1f} cores",
        _fit(policy, capacity - owner, policy.release_slack_cores) if in_use else whole,
        thaw_ceiling=whole,
    )


def _used_for_long(policy: Policy, memory: Memory, seen: Seen) -> bool:
    since = seen.monotonic if memory.reserve_used_since is None else memory.reserve_used_since
    restore = policy.reserve_after_seconds
    return restore is not None and seen.monotonic - since >= restore


def beside_reserve(policy: Policy, rates: Rates) -> int:
    """Pilots that may stay if the reserve is to be whole."""
    return _fit(policy, _free(policy, rates), policy.release_slack_cores)


def _free(policy: Policy, rates: Rates) -> float:
    demand = 0.0 if policy.mode is Mode.DEDICATED else rates.owner_cores
    return _without_reserve(policy, rates.capacity_cores) - demand


def _calm(policy: Policy, memory: Memory, seen: Seen) -> Limit | None:
    """Growth looks at the owner's busiest second of the calm window, not at the present one."""
    window, calm = memory.owner, calm_seconds(policy, memory.restless)
    if isinstance(seen.rates, Missing) or not window.peaks:
        return None
    if not window.covers(seen.monotonic, calm):
        seen_for = seen.monotonic - (window.since or seen.monotonic)
        return Limit(LimitName.CALM, 0, f"watching for {calm:.0f} s first, {seen_for:.0f} s so far")
    if policy.mode is Mode.DEDICATED:
        return None
    peak = window.peak_of_last(seen.monotonic, calm)
    room = _without_reserve(policy, seen.rates.capacity_cores) - peak
    floor = _fit(policy, room, policy.grow_slack_cores)
    return Limit(LimitName.CALM, floor, f"owner used up to {peak:.1f} cores in the last {calm:.0f} s")


def settled_room(policy: Policy, memory: Memory, seen: Seen) -> int:
    """Pilots that may go on after a freeze: by the owner's busiest second of the last few.

    The tolerance is that of staying: a frozen pilot for which there would be room if it had stayed goes
    on, so that none is stuck between two thresholds.
    """
    patience = thaw_seconds(policy, memory.restless)
    if isinstance(seen.rates, Missing) or _missing(seen) or unreadable(policy, seen):
        return 0
    if not memory.owner.covers(seen.monotonic, patience):
        return 0
    if policy.mode is Mode.DEDICATED:
        return UNLIMITED
    peak = memory.owner.peak_of_last(seen.monotonic, patience)
    room = _without_reserve(policy, seen.rates.capacity_cores) - peak
    return _fit(policy, room, policy.release_slack_cores)


def _without_reserve(policy: Policy, cores: float) -> float:
    return cores - policy.reserve_of(cores)


def _fit(policy: Policy, room_cores: float, tolerance_cores: float) -> int:
    """Pilots that fit, if they may be squeezed by the tolerance."""
    return max(math.floor((room_cores + tolerance_cores) / policy.cpus_per_pilot + 1e-9), 0)


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / 1024**3:.1f}"
