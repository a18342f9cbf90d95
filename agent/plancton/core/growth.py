"""What a tick needs to know for growing: the kinds' quotas, who is counted, and who comes next."""

from __future__ import annotations

from dataclasses import dataclass

from plancton.core.demand import heed
from plancton.core.kinds import Quota, quotas
from plancton.core.memory import Memory
from plancton.core.observe import Pilots, Seen
from plancton.core.patience import calm_seconds
from plancton.core.plan import Space, most_deserving, plan
from plancton.core.policy import Mode, Policy
from plancton.core.room import Line, cores_for, kept_line, using_line
from plancton.model import Missing


@dataclass(frozen=True)
class Growth:
    """Made once a tick. The plan is what fits by CPU and memory, as if nothing else stood against it."""

    quotas: tuple[Quota, ...]
    line: Line


def growth_of(policy: Policy, memory: Memory, seen: Seen, pilots: Pilots) -> Growth:
    """Look at the kinds and plan their next pilots."""
    found = tuple(heed(quota, memory, seen) for quota in quotas(policy, memory, seen, pilots))
    there = kept_line(policy, pilots)
    space = _space(policy, memory, seen)
    for kind in there:
        space.give(kind)
    for quota in found:
        for _ in range(quota.unknown):
            space.give(quota.kind)
    planned = plan(policy, found, space)
    line = Line(using_line(policy, pilots), there, most_deserving(found, planned), planned)
    return Growth(found, line)


def _space(policy: Policy, memory: Memory, seen: Seen) -> Space:
    """What pilots may have in all. A blind agent has nothing to give."""
    rates, reading = seen.rates, seen.memory
    if isinstance(rates, Missing) or isinstance(reading, Missing):
        return Space(0.0, 0)
    owner = 0.0
    if policy.mode is not Mode.DEDICATED:
        calm = calm_seconds(policy, memory.restless)
        owner = max(rates.owner_cores, memory.owner.peak_of_last(seen.monotonic, calm))
    spare = reading.available_bytes - policy.memory_reserve_of(reading.total_bytes)
    return Space(cores_for(policy, rates.capacity_cores, owner), spare + seen.pilots_memory_bytes)
