"""Simple laws to compare with: fill and never release, and that of the original Plancton."""

from __future__ import annotations

import math

from plancton.simulate.host import Host
from plancton.simulate.orders import Verb


def fill(host: Host, wanted: int) -> None:
    """Start so many pilots, as far as their memory is there.

    A courtesy to all baselines: none of them looks at the memory, and without it they would fight the
    kernel for it.
    """
    fits = max(host.available_bytes, 0) // host.crew.size.memory_bytes
    for _ in range(min(wanted, fits)):
        host.order(Verb.START)


def bury(host: Host) -> int:
    """Remove what has ended. How many that are."""
    ended = host.crew.ended
    for worker in ended:
        host.order(Verb.REAP, worker)
    return len(ended)


def most_pilots(host: Host) -> int:
    """One pilot for each share of the machine."""
    return math.floor(host.machine.cores / host.crew.size.cores)


class NeverRelease:
    """A container on every core, and a new one for each that ends."""

    name = "never-release"
    interval_seconds = 10.0

    def look(self, host: Host) -> float:
        """See Contestant."""
        bury(host)
        fill(host, most_pilots(host) - len(host.crew.alive))
        return self.interval_seconds


class Original:
    """The original Plancton (0.6): every 30 s at most one container less, or up to four more.

    It kills the newest container when the whole host, its own containers included, has been busier
    for two minutes than those containers and a tenth of the host explain. With 20 cores or more that
    is above 100 % and never happens.
    """

    name = "original"
    interval_seconds = 30.0
    grace_kill_seconds = 120.0
    grace_spawn_seconds = 60.0
    most_a_look = 4
    margin = 0.10
    usable_idle = 0.95
    cores_left_free = 2

    def __init__(self) -> None:
        self._busy = 0.0
        self._looked_at = 0.0
        self._over_since: float | None = None
        self._removed_at = -math.inf

    def look(self, host: Host) -> float:
        """See Contestant."""
        counters, cores = host.counters(), host.machine.cores
        seconds = counters.at - self._looked_at
        # A first look has nothing to compare with; the original takes the host as busy then.
        busy = (counters.busy - self._busy) / (cores * seconds) if seconds else 1.0
        self._busy, self._looked_at = counters.busy, counters.at
        most = max(cores - self.cores_left_free, 0)
        self._release(host, busy, most)
        fits = int((1.0 - busy) * self.usable_idle * cores / host.crew.size.cores)
        room = min(fits, max(most - len(host.crew.alive), 0), self.most_a_look)
        if counters.at - self._removed_at > self.grace_spawn_seconds:
            fill(host, room)
        if bury(host):
            # To it a container that has ended is one more that it removes.
            self._removed_at = counters.at
        return self.interval_seconds

    def _release(self, host: Host, busy: float, most: int) -> None:
        alive = host.crew.alive
        own = host.crew.size.cores * min(len(alive), most) / host.machine.cores
        if not alive or busy <= own + self.margin:
            self._over_since = None
            return
        if self._over_since is None:
            self._over_since = host.now
        if host.now - self._over_since > self.grace_kill_seconds:
            host.order(Verb.KILL, alive[-1])
            self._removed_at = host.now
