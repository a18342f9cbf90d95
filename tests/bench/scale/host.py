"""A host that exists on paper only: the agent's own policy, totals and metrics, moved on at each scrape.

Nothing is measured on it, so it costs a few milliseconds a scrape and a thousand fit into one process. It
exposes what an agent would: an owner who comes and goes, and pilots of two kinds that start, end and freeze.
"""

from __future__ import annotations

import math
from random import Random

from prometheus_client import CollectorRegistry

from plancton.core.decide import Decision, decide
from plancton.core.memory import Memory, Rates
from plancton.core.narrate import narrate
from plancton.core.observe import Seen
from plancton.core.policy import Kind, Policy
from plancton.core.window import Window
from plancton.engine.desk import Request
from plancton.metrics.collector import AgentCollector, registry_of
from plancton.metrics.totals import Totals
from plancton.model import CpuCounters, Listing, MemoryReading, PoolCounters, Sample, Wish
from plancton.readings import DiskReading, PressureReading, Signals, TemperatureReading, readable
from plancton.report import Report
from tests.bench.scale.crew import Crew

GIB = 1024**3
POLICY = Policy(named=(Kind("alice", share=3.0), Kind("local", share=1.0)), ramp_pilots=2)
CORES = (8, 12, 12, 16, 16, 24, 32)
LONGEST_STEP_SECONDS = 60.0
CERTIFICATE_SECONDS = 90 * 86400.0
# A burst of all cores comes once in so long, and is over after about a minute.
BURST_EVERY_SECONDS, BURST_LASTS_SECONDS = 900.0, 60.0


class PaperHost:
    """`now` is Unix time; `seed` makes it a host of its own."""

    def __init__(self, seed: int, now: float) -> None:
        self._rng = Random(seed)
        self.cores = float(self._rng.choice(CORES))
        self.crew = Crew(self._rng)
        self._now = now
        self._owner = self._rng.uniform(0.0, 0.4) * self.cores
        self._totals = Totals(POLICY)
        self._collector = AgentCollector(self._totals)
        self._collector.certificate = lambda: (now + CERTIFICATE_SECONDS, True)
        self.registry: CollectorRegistry = registry_of(self._collector)
        # As many pilots as fit are there when it is first looked at.
        for _ in range(int(self.cores)):
            self.advance(now)

    def advance(self, now: float) -> None:
        """Let the time since the last call pass in one step."""
        seconds = min(max(now - self._now, 0.0), LONGEST_STEP_SECONDS)
        self._now = now
        self._move_owner(seconds)
        seen = self._see(seconds)
        memory = Memory(owner=Window(now - 3600.0, ((now - 1.0, self._owner),)))
        _, decision = decide(POLICY, memory, seen)
        self._count(seconds, seen, decision)
        self._totals.account(self.crew.obey(decision.actions, now), POLICY.release_deadline_seconds)
        self._collector.report = self._report(seen, decision)

    def _move_owner(self, seconds: float) -> None:
        if self._rng.random() < seconds / BURST_EVERY_SECONDS:
            self._owner = self.cores * self._rng.uniform(0.5, 1.0)
        else:
            little = self._rng.uniform(0.0, 0.15) * self.cores
            self._owner = max(self._owner * math.exp(-seconds / BURST_LASTS_SECONDS), little)

    def _see(self, seconds: float) -> Seen:
        free = max(self.cores - self._owner, 0.0)
        used = min(float(len(self.crew.listed().running)), free)
        self.crew.work(seconds, free)
        pilots = self.crew.listed()
        return Seen(
            monotonic=self._now,
            wall=self._now,
            rates=Rates(max(seconds, 1.0), self.cores, self._owner, used),
            memory=MemoryReading(int(4 * GIB * self.cores), int(3 * GIB * self.cores)),
            pilots_memory_bytes=0,
            pilots=pilots,
            known=pilots,
            images={},
            weight=None,
            wish=Wish(),
            signals=self._signals(),
        )

    def _signals(self) -> Signals:
        rng = self._rng
        return Signals(
            temperature=TemperatureReading(rng.uniform(45.0, 75.0), "x86_pkg_temp"),
            pressure=PressureReading(rng.random() / 10, 0.0, rng.random() / 20),
            disk=DiskReading("/var/lib/docker", 100 * GIB, int(rng.uniform(40, 60) * GIB), 0.9),
        )

    def _count(self, seconds: float, seen: Seen, decision: Decision) -> None:
        used = self.crew.used
        sample = Sample(
            monotonic=self._now,
            wall=self._now,
            cpu=CpuCounters(0.0, 0.0, int(self.cores)),
            pool=PoolCounters(sum(used.values()), frozenset(used), dict(used)),
            memory=seen.memory,
            listing=Listing((), self._now),
        )
        self._totals.see(sample, seen, decision, seconds)
        for _ in range(int(seconds)):
            self._totals.tick_seconds.observe(self._rng.uniform(0.001, 0.003))
        self._totals.answered([Request("list", self._rng.uniform(0.004, 0.02), None)])

    def _report(self, seen: Seen, decision: Decision) -> Report:
        sensors = dict.fromkeys(("cpu", "pool", "memory", "engine"), True)
        return Report(
            seen=seen,
            policy=POLICY,
            decision=decision,
            sentence=narrate(decision),
            mode="opportunistic",
            guarded=True,
            sensors={**sensors, **readable(seen.signals)},
            weight=None,
            loaded_at=self._now - 3600.0,
            reload_error=None,
            image_refreshes={kind.name: True for kind in POLICY.kinds},
        )
