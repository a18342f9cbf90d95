"""What is asked for at a kind's pool: how many pilots would be started if there were work for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from plancton.core.growth import growth_of
from plancton.core.limits import limits
from plancton.core.memory import Memory
from plancton.core.observe import Pilots, Seen
from plancton.core.policy import Policy
from plancton.model import COMING_SECONDS, Start, Wants


def wants_of(
    policy: Policy, memory: Memory, seen: Seen, pilots: Pilots, starts: Sequence[Start], *, settled: bool
) -> Mapping[str, Wants]:
    """By kind, of those whose demand is asked for; `starts` are those of this tick.

    A host that gives way or is not `settled` wants none, so that others get the jobs.
    """
    if not seen.demand:
        return {}
    unheeded = replace(seen, demand={})
    growth = growth_of(policy, memory, unheeded, pilots)
    room = min((limit.floor for limit in limits(policy, memory, unheeded, pilots, growth)), default=0)
    more = Counter(kind.name for kind in growth.line.planned[: max(room - pilots.kept, 0) if settled else 0])
    now = Counter(start.kind for start in starts)
    begun = [(p.kind, p.created_at) for p in pilots.standing]
    begun += [(start.kind, start.decided_at) for start in pilots.starting]
    coming = Counter(kind for kind, at in begun if 0 <= seen.wall - at < COMING_SECONDS) + now
    return {kind: Wants(coming[kind], max(more[kind] - now[kind], 0), seen.monotonic) for kind in seen.demand}
