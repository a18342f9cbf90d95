"""BOINC's law, with the preferences that a new installation has."""

from __future__ import annotations

import math

from plancton.model import PilotState
from plancton.simulate.baselines import bury, fill, most_pilots
from plancton.simulate.host import Host
from plancton.simulate.orders import Verb


class Boinc:
    """Everything is suspended while the owner uses more than a quarter of the host.

    The owner's use is measured over ten seconds; what was suspended waits for twenty more. Suspended
    tasks stay in memory. A person at the keyboard alone suspends nothing: that is the default.
    """

    name = "boinc"
    interval_seconds = 10.0
    owner_share = 0.25
    hold_seconds = 20.0

    def __init__(self) -> None:
        self._busy = self._pool = 0.0
        self._over_at = -math.inf

    def look(self, host: Host) -> float:
        """See Contestant."""
        bury(host)
        counters = host.counters()
        owner = (counters.busy - self._busy) - (counters.pilots - self._pool)
        self._busy, self._pool = counters.busy, counters.pilots
        if owner > self.owner_share * host.machine.cores * self.interval_seconds:
            self._over_at = counters.at
        suspend = counters.at < self._over_at + self.hold_seconds
        for worker in host.crew.alive:
            if (worker.state is PilotState.RUNNING) == suspend:
                host.order(Verb.FREEZE if suspend else Verb.THAW, worker)
        if not suspend:
            fill(host, most_pilots(host) - len(host.crew.alive))
        return self.interval_seconds
