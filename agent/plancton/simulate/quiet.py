"""Times in which the policy does nothing whatever the owner does within a band.

Most of a day a full host has an owner who uses a little of the reserve, now more, now less. A policy that
does nothing for the most and for the least of that does nothing for what lies between, as long as no clock
runs and no pilot comes or goes. So two looks stand for thousands, and the days are played several times as
fast.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from plancton.core.decide import decide
from plancton.core.memory import Memory, Rates
from plancton.core.observe import Seen
from plancton.core.patience import calm_seconds, thaw_seconds
from plancton.core.policy import Policy
from plancton.core.window import Window
from plancton.simulate.host import Counters, Host

State = tuple[int, int, int]
# Cores are added up as floats.
ROUNDING = 1e-6


@dataclass(frozen=True)
class Band:
    """Owner's cores for which nothing is done, while pilots and memory are those of `of`, before `until`."""

    of: State
    most_cores: float
    until: float

    def with_owner(self, seen: Seen) -> Band:
        """The band after a look that has done nothing for this owner."""
        used = seen.rates.owner_cores if isinstance(seen.rates, Rates) else 0.0
        return self if used <= self.most_cores else replace(self, most_cores=used)

    def holds(self, state: State, owner: float, at: float) -> bool:
        """Whether nothing is done for this owner at that moment."""
        return state == self.of and owner <= self.most_cores and at < self.until


def state_of(host: Host, memory: Memory) -> State:
    """What has to stay as it is: the pilots, the memory that is left, the owner's restlessness."""
    return host.crew.version, host.available_bytes, memory.restless.times


def owner_cores(before: Counters, now: Counters, cores: int) -> float:
    """What `observe` would say of the time between two counts."""
    seconds = now.at - before.at
    pilots = min((now.pilots - before.pilots) / seconds, cores)
    return min(max((now.busy - before.busy) / seconds - pilots, 0.0), cores - pilots)


def band(policy: Policy, memory: Memory, seen: Seen, host: Host) -> Band | None:
    """The band from an owner who uses nothing to one who is just not in the way; None if there is none.

    `memory` and `seen` are those of a look that did nothing, at rest.
    """
    if not isinstance(seen.rates, Rates):
        return None
    oldest = min((worker.created_at for worker in host.crew.alive), default=math.inf)
    until = oldest + policy.default.ttl_seconds
    # Nobody has ever been there: if that makes no pilot start or go on, no pause will.
    nobody = replace(memory, owner=Window(since=-math.inf))
    absent = replace(seen, rates=replace(seen.rates, owner_cores=0.0))
    if memory.frozen_since or not _does_nothing(policy, nobody, absent):
        if not _does_nothing(policy, memory, absent):
            return None
        until = min(until, *_awaited(policy, memory, seen.monotonic))
    used, most_cores = seen.rates.owner_cores, _not_in_the_way(policy, seen.rates.capacity_cores, host)
    present = replace(seen, rates=replace(seen.rates, owner_cores=most_cores))
    if most_cores <= used or not _does_nothing(policy, memory, present):
        most_cores = used
    return Band(state_of(host, memory), most_cores, until)


def _not_in_the_way(policy: Policy, capacity: float, host: Host) -> float:
    """What the owner may use beside the pilots that run and the reserve. A guess, to be tried."""
    running, kind = host.crew.running, policy.default
    if not running:
        return capacity
    spare = policy.release_slack_of(kind) - ROUNDING
    return capacity - policy.reserve_of(capacity) - running * kind.cpus + spare


def _awaited(policy: Policy, memory: Memory, now: float) -> Iterator[float]:
    """The moments at which something may be done though the owner stays as before."""
    if not memory.frozen_since:
        yield _forgotten_at(memory.owner, now, calm_seconds(policy, memory.restless))
        return
    yield _forgotten_at(memory.owner, now, thaw_seconds(policy, memory.restless))
    for after in (policy.stop_after_seconds, policy.kill_after_seconds):
        if after is not None:
            yield from (since + after for since in memory.frozen_since.values() if since + after > now)


def _forgotten_at(window: Window, now: float, seconds: float) -> float:
    """When a window of that length is full, and the owner's busiest second not in it any more."""
    if window.since is not None and not window.covers(now, seconds):
        return window.since + seconds
    return seconds + next((at for at, _ in window.peaks if at >= now - seconds), now)


def at_rest(memory: Memory) -> bool:
    """Whether nothing is under way, and no clock runs but those of frozen pilots."""
    waits = memory.in_flight or memory.stopping or memory.backoffs
    running = {name for name, _ in clocks(memory)}
    return not waits and running <= {"watching", "frozen"}


def _does_nothing(policy: Policy, memory: Memory, seen: Seen) -> bool:
    """Whether what is seen brings about nothing, and begins no clock."""
    after, decision = decide(policy, memory, seen)
    return not decision.actions and clocks(after) == clocks(memory)


def clocks(memory: Memory) -> set[tuple[str, object]]:
    """The clocks that run, with the moments at which they began."""
    running: set[tuple[str, object]] = {
        ("watching", memory.owner.since),
        ("over", memory.over_since),
        ("reserve", memory.reserve_used_since),
    }
    running |= {("frozen", pilot) for pilot in memory.frozen_since}
    running |= {(name, (hold.rings, hold.times, hold.stepped_at)) for name, hold in memory.holds.items()}
    return {clock for clock in running if clock[1] is not None}
