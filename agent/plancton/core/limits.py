"""How many pilots each concern allows. One function a concern, each told in a sentence.

A limit has two numbers. More pilots than `ceiling` must go; fewer than `floor` may be joined by
others; between the two nothing is done. That gap keeps a host at the edge from starting and killing
pilots in turn.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from enum import Enum, IntEnum
from itertools import accumulate

from plancton.core.growth import Growth
from plancton.core.holds import demands
from plancton.core.kinds import Quota
from plancton.core.memory import Memory, Rates
from plancton.core.observe import Pilots, Seen
from plancton.core.patience import calm_seconds, thaw_seconds
from plancton.core.policy import Mode, Policy
from plancton.core.room import Line, cores_for, fit_in_memory, fit_to_grow, fit_to_stay, going_first
from plancton.core.signals import unreadable
from plancton.core.thresholds import HELD_WHILE_FROZEN
from plancton.model import Missing, Reason, Wish, WishKind

# "No limit from this concern." Above any number of pilots that a host could hold.
UNLIMITED = 1_000_000


class LimitName(str, Enum):
    """The values of the metric's label `limit`. On a tie the first one named here is the reason."""

    WISH = "wish"
    BLIND = "blind"
    WEIGHT = "weight"
    IMAGE = "image"
    SOFTWARE = "software"
    NETWORK = "network"
    BACKOFF = "backoff"
    NO_WORK = "no_work"
    PACE = "pace"
    DEMAND = "demand"
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


def limits(policy: Policy, memory: Memory, seen: Seen, pilots: Pilots, growth: Growth) -> tuple[Limit, ...]:
    """Every limit that applies now, in the order of LimitName."""
    found = (
        _wish(policy, seen),
        _blind(policy, seen),
        _weight(policy, seen),
        _lacking(growth.quotas),
        _quotas(growth.quotas, pilots),
        _max_pilots(policy, growth.quotas),
        *_signals(policy, memory, seen),
        _memory(policy, seen, pilots, growth),
        _cpu(policy, memory, seen, growth),
        _calm(policy, memory, seen, growth),
    )
    return tuple(limit for limit in found if limit is not None)


def _wish(policy: Policy, seen: Seen) -> Limit | None:
    wish, kind = seen.wish, seen.wish.now(seen.wall)
    by = f" by {wish.asked}" if wish.asked else ""
    if kind is WishKind.PAUSE:
        return Limit(LimitName.WISH, 0, f"paused{by}", 0, Reason.PAUSED, Rung.STOP)
    if kind is WishKind.DRAIN:
        return _drain(wish, seen.wall, by)
    # Also while that moment is still to come (the clock was set back): nothing grows until then.
    if seen.wall - wish.release_before < policy.calm_seconds:
        return Limit(LimitName.WISH, 0, f"all pilots were released{by}")
    return None


def _drain(wish: Wish, wall: float, by: str) -> Limit:
    """Up to its deadline, if it has one, a drain takes no pilot away."""
    told = f"draining, as asked{by}"
    if wish.deadline is None:
        return Limit(LimitName.WISH, 0, told)
    left = wish.deadline - wall
    if left > 0:
        return Limit(LimitName.WISH, 0, f"{told}; who is still there in {left:.0f} s is stopped")
    return Limit(LimitName.WISH, 0, f"{told}; its deadline is over", 0, Reason.DRAINED, Rung.STOP)


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


def _lacking(quotas: tuple[Quota, ...]) -> Limit | None:
    """Where no kind has all that it needs. One that lacks something is left out, the others go on."""
    lacking = [(quota.kind.name, quota.lacks) for quota in quotas if quota.lacks]
    if len(lacking) < len(quotas):
        return None
    told = _by_kind(lacking)
    if any(quota.image is not None for quota in quotas):
        return Limit(LimitName.IMAGE, 0, told)
    lacks_software = any(quota.software is not None for quota in quotas)
    return Limit(LimitName.SOFTWARE if lacks_software else LimitName.NETWORK, 0, told)


def _quotas(quotas: tuple[Quota, ...], pilots: Pilots) -> Limit | None:
    """Where each kind is kept at a number: it waits, or it has as many as it may have."""
    if any(quota.most is None for quota in quotas):
        return None
    told = _by_kind([(quota.kind.name, quota.because) for quota in quotas])
    open_ = sum(quota.open or 0 for quota in quotas)
    if all(quota.barred for quota in quotas):
        floor = 0
    elif open_:
        floor = pilots.kept + open_
    else:
        others = pilots.kept - sum(quota.there for quota in quotas)
        floor = others + sum(quota.most or 0 for quota in quotas)
    for name, holds in (
        (LimitName.BACKOFF, any(quota.failures for quota in quotas)),
        (LimitName.NO_WORK, any(quota.no_work for quota in quotas)),
        (LimitName.PACE, any(quota.paced for quota in quotas)),
        (LimitName.DEMAND, any(quota.demand for quota in quotas)),
    ):
        if holds:
            return Limit(name, floor, told)
    if not all(quota.lacks for quota in quotas):
        return Limit(LimitName.MAX_PILOTS, floor, told)
    return None  # which `_lacking` has told


def _by_kind(told: list[tuple[str, str]]) -> str:
    """Of one kind alone its name need not be told."""
    return told[0][1] if len(told) == 1 else "; ".join(f"{name}: {because}" for name, because in told)


def _max_pilots(policy: Policy, quotas: tuple[Quota, ...]) -> Limit | None:
    most = policy.max_pilots
    if most is None:
        return None
    floor = max(most - sum(quota.unknown for quota in quotas), 0)
    return Limit(LimitName.MAX_PILOTS, floor, f"max_pilots is {most}", most, Reason.POOL_SIZE, Rung.STOP)


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


def _memory(policy: Policy, seen: Seen, pilots: Pilots, growth: Growth) -> Limit | None:
    reading = seen.memory
    if isinstance(reading, Missing):
        return None
    spare = reading.available_bytes - policy.memory_reserve_of(reading.total_bytes)
    # To grow, every pilot counts with all that it may use. To stay, it is enough that the owner's
    # share is not touched; what a pilot on its way out holds is as good as free.
    floor = fit_in_memory(growth.line, spare + seen.pilots_memory_bytes)
    ceiling = _ceiling_of_memory(policy, spare, pilots)
    because = f"{_gib(reading.available_bytes)} of {_gib(reading.total_bytes)} GiB are available"
    return Limit(LimitName.MEMORY, min(floor, ceiling), because, ceiling, Reason.MEMORY, Rung.KILL)


def _ceiling_of_memory(policy: Policy, spare_bytes: int, pilots: Pilots) -> int:
    """As many of the youngest go as hold what the owner is short of."""
    releasing = sum(policy.kind_of(p.kind).memory_bytes for p in pilots.releasing)
    short = -spare_bytes - releasing
    if short <= 0:
        return UNLIMITED
    going = going_first(policy, pilots)
    freed = list(accumulate(kind.memory_bytes for kind in going))
    return max(len(going) - 1 - bisect_left(freed, short), 0)


def _cpu(policy: Policy, memory: Memory, seen: Seen, growth: Growth) -> Limit | None:
    """The reserve is what the owner's bursts use: for a while nobody has to go for it."""
    rates = seen.rates
    if isinstance(rates, Missing):
        return None
    capacity, owner = rates.capacity_cores, rates.owner_cores
    whole = beside_reserve(policy, rates, growth.line)
    in_use = policy.mode is not Mode.DEDICATED and not _used_for_long(policy, memory, seen)
    return Limit(
        LimitName.CPU,
        fit_to_grow(policy, growth.line, cores_for(policy, capacity, _demand(policy, rates))),
        f"owner uses {owner:.1f} of {capacity:.1f} cores",
        fit_to_stay(policy, growth.line, capacity - owner) if in_use else whole,
        thaw_ceiling=whole,
    )


def _used_for_long(policy: Policy, memory: Memory, seen: Seen) -> bool:
    since = seen.monotonic if memory.reserve_used_since is None else memory.reserve_used_since
    restore = policy.reserve_after_seconds
    return restore is not None and seen.monotonic - since >= restore


def beside_reserve(policy: Policy, rates: Rates, line: Line) -> int:
    """Pilots that may stay if the reserve is to be whole."""
    return fit_to_stay(policy, line, cores_for(policy, rates.capacity_cores, _demand(policy, rates)))


def _demand(policy: Policy, rates: Rates) -> float:
    return 0.0 if policy.mode is Mode.DEDICATED else rates.owner_cores


def _calm(policy: Policy, memory: Memory, seen: Seen, growth: Growth) -> Limit | None:
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
    floor = fit_to_grow(policy, growth.line, cores_for(policy, seen.rates.capacity_cores, peak))
    return Limit(LimitName.CALM, floor, f"owner used up to {peak:.1f} cores in the last {calm:.0f} s")


def settled_cores(policy: Policy, memory: Memory, seen: Seen) -> float | None:
    """Cores for pilots after a freeze: by the owner's busiest second of the last few, None if unknown.

    The tolerance is that of staying: a frozen pilot for which there would be room if it had stayed goes
    on, so that none is stuck between two thresholds.
    """
    rates, patience = seen.rates, thaw_seconds(policy, memory.restless)
    if isinstance(rates, Missing) or _missing(seen) or unreadable(policy, seen):
        return None
    if not memory.owner.covers(seen.monotonic, patience):
        return None
    peak = memory.owner.peak_of_last(seen.monotonic, patience)
    return cores_for(policy, rates.capacity_cores, 0.0 if policy.mode is Mode.DEDICATED else peak)


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / 1024**3:.1f}"
