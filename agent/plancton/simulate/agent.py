"""Our own policy in the contest: the same pure functions in the same order as the agent's loop."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from plancton.core.decide import decide
from plancton.core.learn import learn, remember
from plancton.core.memory import Memory
from plancton.core.observe import Seen, observe
from plancton.core.policy import Policy
from plancton.model import (
    Action,
    CpuCounters,
    Done,
    Ending,
    Listing,
    MemoryReading,
    Outcome,
    Pilot,
    PoolCounters,
    Sample,
    Start,
)
from plancton.simulate.crew import Worker
from plancton.simulate.host import Counters, Host
from plancton.simulate.orders import Order, Verb
from plancton.simulate.quiet import Band, at_rest, band, clocks, owner_cores, state_of

# Some moment of 2026: the policy compares wall times, and none may lie before 1970.
WALL = 1_790_000_000.0


@dataclass(frozen=True)
class _Pilots:
    """The crew as the engine would list it, made anew only when the crew has changed."""

    version: int
    listed: tuple[Pilot, ...]
    members: frozenset[str]


class Agent:
    """One policy on one host. All pilots are of the policy's default kind: the crew has but one size."""

    def __init__(self, name: str, policy: Policy, *, leaps: bool = True) -> None:
        self.name = name
        self.policy = replace(policy, named=())
        self._memory = Memory()
        self._pilots = _Pilots(-1, (), frozenset())
        self._leaps = leaps
        self._seen: Seen | None = None
        self._band: Band | None = None
        self._known: Band | None = None
        # While the band holds: the counts at the last tick, and what was seen of the owner until then.
        self._last, self._watched = Counters(0.0, 0.0, 0.0), self._memory.owner

    def look(self, host: Host) -> float:
        """One tick. Seconds until the next one that may do something."""
        if self._band is not None:
            ahead = self._rest(host, self._band)
            if ahead is not None:
                return ahead + self.policy.interval_seconds
            self._wake(host)
        outcomes = [_outcome(order, worker, self.policy.default.name) for order, worker in host.answers()]
        self._memory = learn(self.policy, self._memory, outcomes, WALL + host.now)
        self._memory, actions = self._tick(self._memory, host, host.counters())
        self._memory = remember(self._memory, actions)
        for action in actions:
            _give(host, action)
        if actions or not self._leaps:
            return self.policy.interval_seconds
        self._band = self._settle(host)
        ahead = self._leap(host) if self._band is None else self._onward(host, self._band)
        return ahead + self.policy.interval_seconds

    def _settle(self, host: Host) -> Band | None:
        """The band of the look that has just done nothing; None if it is not one of a quiet time."""
        if not at_rest(self._memory) or self._seen is None:
            return None
        known = self._known
        if known is not None and known.of == state_of(host, self._memory) and host.now < known.until:
            quiet: Band | None = known.with_owner(self._seen)
        else:
            quiet = band(self.policy, self._memory, self._seen, host)
        if quiet is not None:
            self._known = quiet
            self._last, self._watched = host.counters(), self._memory.owner
        return quiet

    def _rest(self, host: Host, quiet: Band) -> float | None:
        """A tick within the band, and all until the next event. None if this one is not within it."""
        now = host.counters()
        owner = owner_cores(self._last, now, host.machine.cores)
        if host.has_answers or not quiet.holds(state_of(host, self._memory), owner, now.at):
            return None
        self._last, self._watched = now, self._watched.push(now.at, owner, self.policy.watched_seconds)
        return self._onward(host, quiet)

    def _onward(self, host: Host, quiet: Band) -> float:
        """Pass over the ticks before the next event, if they are within the band. Seconds until the last."""
        interval = self.policy.interval_seconds
        ticks = math.ceil((min(host.steady_until, quiet.until) - host.now) / interval) - 1
        if ticks < 1:
            return 0.0
        owner = owner_cores(self._last, host.counters(host.now + interval), host.machine.cores)
        if not quiet.holds(quiet.of, owner, host.now):
            return 0.0
        self._last = host.counters(host.now + ticks * interval)
        self._watched = self._watched.push(self._last.at, owner, self.policy.watched_seconds)
        return ticks * interval

    def _wake(self, host: Host) -> None:
        """Remember what a look at each tick of the rest would have left behind."""
        memory = replace(self._memory, owner=self._watched)
        self._memory, _ = observe(memory, self._sample(host, self._last))
        self._band = None

    def _leap(self, host: Host) -> float:
        """Pass over the ticks that would do nothing, as long as nothing happens. Seconds until the last.

        Between events the rates stand still, and what the policy would do at one tick it would still do
        at the next. So where a later tick does nothing, none before it does; the last such is searched
        by halves. Only a clock has to begin where it does: then the next tick is made, and the search
        goes on from there.
        """
        interval = self.policy.interval_seconds
        passed, most = 0, math.ceil((host.steady_until - host.now) / interval) - 1
        ticks = most
        while ticks > passed:
            memory = self._memory
            if ticks > passed + 1:
                # All that the ticks in between would leave behind are the counters of the last of them.
                before = host.counters(host.now + (ticks - 1) * interval)
                memory, _ = observe(memory, self._sample(host, before))
            memory, actions = self._tick(memory, host, host.counters(host.now + ticks * interval))
            if ticks > passed + 1 and clocks(memory) - clocks(self._memory):
                most = passed + 1
            elif actions:
                most = ticks - 1
            else:
                self._memory, passed = memory, ticks
            ticks = (passed + most + 1) // 2
        return passed * interval

    def _tick(self, memory: Memory, host: Host, counters: Counters) -> tuple[Memory, tuple[Action, ...]]:
        memory, seen = observe(memory, self._sample(host, counters))
        self._seen = seen
        memory, decision = decide(self.policy, memory, seen)
        # Starts are with the engine before the next tick: there is never one to be taken back.
        return memory, decision.actions

    def _sample(self, host: Host, counters: Counters) -> Sample:
        pilots = self._listed(host)
        return Sample(
            monotonic=counters.at,
            wall=WALL + counters.at,
            cpu=CpuCounters(counters.busy, 0.0, host.machine.cores),
            pool=PoolCounters(counters.pilots, pilots.members, memory_bytes=host.held_bytes),
            memory=MemoryReading(host.machine.memory_bytes, max(host.available_bytes, 0)),
            listing=Listing(pilots.listed, counters.at),
        )

    def _listed(self, host: Host) -> _Pilots:
        crew = host.crew
        if self._pilots.version != crew.version:
            listed = tuple(_pilot(worker, self.policy.default.name) for worker in crew.workers.values())
            members = frozenset(_id(worker) for worker in crew.alive)
            self._pilots = _Pilots(crew.version, listed, members)
        return self._pilots


def _give(host: Host, action: Action) -> None:
    """Hand an action to the simulated engine: the verbs have the names of the actions."""
    verb = Verb(type(action).__name__.lower())
    if isinstance(action, Start):
        host.order(verb, name=action.name, token=action)
    else:
        host.order(verb, host.crew.workers.get(int(action.pilot.id, 16)), token=action)


def _outcome(order: Order, worker: Worker | None, kind: str) -> Outcome:
    took = order.due_at - order.given_at
    if order.verb is Verb.START and worker is not None:
        return Done(order.token, order.due_at, took, pilot=_pilot(worker, kind))
    if order.verb is Verb.REAP and worker is not None:
        lifetime = worker.ended_at - worker.created_at
        return Done(
            order.token, order.due_at, took, ending=Ending(worker.exit_code, worker.out_of_memory, lifetime)
        )
    return Done(order.token, order.due_at, took)


def _pilot(worker: Worker, kind: str) -> Pilot:
    return Pilot(_id(worker), worker.name, kind, worker.state, WALL + worker.created_at, "simulated")


def _id(worker: Worker) -> str:
    return f"{worker.number:064x}"
