"""A host that exists on paper only: the agent's own policy, totals and metrics, moved on at each scrape.

Nothing is measured on it, so it costs a few milliseconds a scrape and a thousand fit into one process. It
exposes what an agent would: an owner who comes and goes, and pilots of two kinds that start, end and freeze.
"""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

from prometheus_client import CollectorRegistry

from plancton.core.decide import Decision, decide
from plancton.core.memory import Memory, Rates
from plancton.core.narrate import narrate
from plancton.core.observe import Pilots, Seen
from plancton.core.policy import Kind, Policy
from plancton.core.window import Window
from plancton.engine.desk import Request
from plancton.metrics.collector import AgentCollector, registry_of
from plancton.metrics.totals import Totals
from plancton.model import (
    Action,
    CpuCounters,
    Done,
    Ending,
    Freeze,
    Kill,
    Listing,
    MemoryReading,
    Pilot,
    PilotState,
    PoolCounters,
    Reap,
    Sample,
    Start,
    Stop,
    Thaw,
    Wish,
)
from plancton.readings import DiskReading, PressureReading, Signals, TemperatureReading, readable
from plancton.report import Report

GIB = 1024**3
POLICY = Policy(named=(Kind("alice", share=3.0), Kind("local", share=1.0)), ramp_pilots=2)
CORES = (8, 12, 12, 16, 16, 24, 32)
LIFE_SECONDS = 2400.0
LONGEST_STEP_SECONDS = 60.0
STATES = {Freeze: PilotState.FROZEN, Thaw: PilotState.RUNNING, Stop: PilotState.ENDED, Kill: PilotState.ENDED}


class PaperHost:
    """`now` is Unix time; `seed` makes it a host of its own."""

    def __init__(self, seed: int, now: float) -> None:
        self._rng = Random(seed)
        self.cores = float(self._rng.choice(CORES))
        self._now = now
        self._owner = self._rng.uniform(0.0, 0.4) * self.cores
        self._number = 0
        self._pilots: dict[str, Pilot] = {}
        self._used: dict[str, float] = {}
        self._totals = Totals([kind.name for kind in POLICY.kinds])
        self._collector = AgentCollector(self._totals)
        self.registry: CollectorRegistry = registry_of(self._collector)
        for _ in range(int(self.cores)):
            self.advance(now)

    @property
    def pilots(self) -> int:
        """How many there are now."""
        return len(self._pilots)

    def advance(self, now: float) -> None:
        """Let the time since the last call pass in one step."""
        seconds = min(max(now - self._now, 0.0), LONGEST_STEP_SECONDS)
        self._now = now
        self._move_owner(seconds)
        ended = self._let_end(seconds)
        seen = self._seen(seconds, ended)
        memory = Memory(owner=Window(now - 3600.0, ((now - 1.0, self._owner),)))
        _, decision = decide(POLICY, memory, seen)
        self._count(seconds, seen, decision)
        self._do(decision)
        self._collector.report = self._report(seen, decision)

    def _move_owner(self, seconds: float) -> None:
        """Mostly little, now and then everything: bursts come every quarter of an hour and last a minute."""
        if self._rng.random() < seconds / 900.0:
            self._owner = self.cores * self._rng.uniform(0.5, 1.0)
        else:
            self._owner = max(
                self._owner * math.exp(-seconds / 60.0), self._rng.uniform(0.0, 0.15) * self.cores
            )

    def _let_end(self, seconds: float) -> list[Pilot]:
        running = [pilot for pilot in self._pilots.values() if pilot.state is PilotState.RUNNING]
        ended = [pilot for pilot in running if self._rng.random() < seconds / LIFE_SECONDS]
        for pilot in ended:
            self._pilots[pilot.id] = replace(pilot, state=PilotState.ENDED)
        return ended

    def _seen(self, seconds: float, ended: list[Pilot]) -> Seen:
        alive = [pilot for pilot in self._pilots.values() if pilot not in ended]
        by_state = {state: tuple(p for p in alive if p.state is state) for state in PilotState}
        pilots = Pilots(
            running=by_state[PilotState.RUNNING],
            frozen=by_state[PilotState.FROZEN],
            ended=by_state[PilotState.ENDED],
        )
        used = min(float(len(pilots.running)), max(self.cores - self._owner, 0.0))
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
        running = seen.known.running
        for pilot in running:
            share = seen.rates.pilot_cores / len(running) if isinstance(seen.rates, Rates) else 0.0
            self._used[pilot.id] = self._used.get(pilot.id, 0.0) + share * seconds
        pool = PoolCounters(0.0, frozenset(self._used), dict(self._used))
        memory = seen.memory
        sample = Sample(
            self._now, self._now, CpuCounters(0, 0, int(self.cores)), pool, memory, Listing((), self._now)
        )
        self._totals.see(sample, seen, decision, seconds)
        for _ in range(int(seconds)):
            self._totals.tick_seconds.observe(self._rng.uniform(0.001, 0.003))
        self._totals.answered([Request("list", self._rng.uniform(0.004, 0.02), None)])

    def _do(self, decision: Decision) -> None:
        """The engine of a host on paper does everything at once and never fails."""
        outcomes = []
        for action in decision.actions:
            outcomes.append(self._outcome(action))
            if isinstance(action, Reap):
                self._pilots.pop(action.pilot.id, None)
                self._used.pop(action.pilot.id, None)
            elif not isinstance(action, Start):
                pilot = self._pilots[action.pilot.id]
                self._pilots[pilot.id] = replace(pilot, state=STATES[type(action)])
        self._totals.account(outcomes, POLICY.release_deadline_seconds)

    def _outcome(self, action: Action) -> Done:
        took = self._rng.uniform(0.1, 0.5)
        if isinstance(action, Start):
            self._number += 1
            id_ = f"{self._number:064x}"
            pilot = Pilot(id_, action.name, action.kind, PilotState.RUNNING, self._now, "paper")
            self._pilots[id_] = pilot
            return Done(action, self._now + took, took, pilot=pilot)
        if isinstance(action, Reap):
            return Done(
                action, self._now + took, took, ending=Ending(0, False, self._now - action.pilot.created_at)
            )
        return Done(action, self._now + took, took)

    def _report(self, seen: Seen, decision: Decision) -> Report:
        sensors = dict.fromkeys(("cpu", "pool", "memory", "engine"), True)
        return Report(
            seen=seen,
            decision=decision,
            sentence=narrate(decision),
            mode="opportunistic",
            sensors={**sensors, **readable(seen.signals)},
            weight=None,
            loaded_at=self._now - 3600.0,
            reload_error=None,
            image_refreshes={kind.name: True for kind in POLICY.kinds},
            release_deadline_seconds=POLICY.release_deadline_seconds,
        )
