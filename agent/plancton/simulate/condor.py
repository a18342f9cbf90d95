"""HTCondor's desktop policy (`use POLICY: DESKTOP`), slot by slot."""

from __future__ import annotations

import math
from dataclasses import dataclass

from plancton.model import PilotState
from plancton.simulate.baselines import bury, fill, most_pilots
from plancton.simulate.crew import Worker
from plancton.simulate.host import Host
from plancton.simulate.orders import Verb

MINUTE = 60.0


@dataclass
class Slot:
    """A share of the machine, with or without a pilot. Times are those of the simulation."""

    worker: Worker | None = None
    began_at: float = 0.0
    changed_at: float = 0.0
    busy_since: float | None = None


class Desktop:
    """Start after 15 minutes without a hand at the keyboard, suspend at once when there is one.

    Also suspend a slot whose share of the load has been 0.5 for two minutes; continue at 0.3 after five
    minutes without the keyboard; vacate what has been suspended for ten. The load is the owner's, as
    the kernel would average it over a minute, and given to the slots one by one: empty ones first.
    """

    name = "htcondor-desktop"
    interval_seconds = 5.0
    background_load = 0.3
    high_load = 0.5
    start_idle_seconds = 15 * MINUTE
    continue_idle_seconds = 5 * MINUTE
    keyboard_busy_seconds = MINUTE
    cpu_busy_seconds = 2 * MINUTE
    shortest_run_seconds = 90.0
    shortest_suspension_seconds = 10.0
    longest_suspension_seconds = 10 * MINUTE
    load_average_seconds = MINUTE

    def __init__(self) -> None:
        self._slots: list[Slot] = []
        self._wanted = 0.0
        self._load = 0.0

    def look(self, host: Host) -> float:
        """See Contestant."""
        if not self._slots:
            self._slots = [Slot() for _ in range(most_pilots(host))]
        bury(host)
        self._seat(host)
        load, willing = self._average(host), 0
        for slot in sorted(self._slots, key=lambda slot: slot.worker is not None):
            share = min(load, host.crew.size.cores)
            load -= share
            willing += self._attend(host, slot, share)
        fill(host, willing)
        return self.interval_seconds

    def _seat(self, host: Host) -> None:
        """Give every pilot that runs a slot, and take it from every one that does not any more."""
        seated = {slot.worker.number for slot in self._slots if slot.worker is not None}
        new = [worker for worker in host.crew.alive if worker.number not in seated]
        for slot in self._slots:
            if slot.worker is not None and slot.worker.state is PilotState.ENDED:
                slot.worker = None
            if slot.worker is None and new:
                slot.worker, slot.began_at, slot.changed_at = new.pop(0), host.now, host.now

    def _average(self, host: Host) -> float:
        """The owner's load, damped as the kernel damps it."""
        mean = (host.wanted - self._wanted) / self.interval_seconds
        self._wanted = host.wanted
        kept = math.exp(-self.interval_seconds / self.load_average_seconds)
        self._load = self._load * kept + mean * (1 - kept)
        return self._load

    def _attend(self, host: Host, slot: Slot, load: float) -> bool:
        """Suspend, continue or vacate. True where a pilot may start."""
        now, idle = host.now, host.keyboard_idle
        if load < self.high_load:
            slot.busy_since = None
        elif slot.busy_since is None:
            slot.busy_since = now
        worker = slot.worker
        if worker is None:
            return load <= self.background_load and idle > self.start_idle_seconds
        if worker.state is PilotState.RUNNING and not worker.stopping:
            busy = slot.busy_since is not None and now - slot.busy_since > self.cpu_busy_seconds
            settled = now - slot.began_at > self.shortest_run_seconds
            if idle < self.keyboard_busy_seconds or (busy and settled):
                host.order(Verb.FREEZE, worker)
                slot.changed_at = now
        elif worker.state is PilotState.FROZEN:
            suspended = now - slot.changed_at
            rested = suspended > self.shortest_suspension_seconds and idle > self.continue_idle_seconds
            if load <= self.background_load and rested:
                host.order(Verb.THAW, worker)
                slot.changed_at = now
            elif suspended > self.longest_suspension_seconds:
                host.order(Verb.STOP, worker)
        return False
