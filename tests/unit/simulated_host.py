"""A small host for closed-loop tests: an owner with a demand, pilots that use what is left.

The kernel gives the owner all that it asks for and the pilots the rest, as the lowest weight does.
The engine is a book: actions are answered after a delay, a listing costs nothing. One tick a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from plancton.core.decide import Decision, decide
from plancton.core.learn import forget, learn, remember
from plancton.core.memory import Memory
from plancton.core.observe import Pilots, Seen, observe
from plancton.core.policy import Policy
from plancton.model import (
    Action,
    CpuCounters,
    DemandReading,
    Done,
    Ending,
    Failed,
    Freeze,
    Kill,
    Listing,
    MemoryReading,
    Missing,
    Outcome,
    Pilot,
    PilotState,
    PoolCounters,
    Reap,
    Sample,
    Start,
    Stop,
    Tell,
    Thaw,
    Wish,
    key,
)
from plancton.readings import Signals
from tests.unit.makers import GIB, NOW, WALL

OfTime = Callable[[float], float]


@dataclass(frozen=True)
class Tick:
    """What one second brought."""

    at: float
    alive: int
    decision: Decision
    seen: Seen

    def count(self, kind: type[Start | Freeze | Thaw | Stop | Kill | Tell]) -> int:
        return sum(isinstance(action, kind) for action in self.decision.actions)


@dataclass
class SimulatedHost:
    """`owner`: cores asked for; `others_memory`: bytes not ours.

    `lives`: how long pilots of a kind live, where that is not `life_seconds`; `codes`: how they end, where
    not with `exit_code`. A pilot that is told to take no new work ends a second later. `blind`: the engine is
    away; `mute`: it does not list its containers and does all else; `cannot`: an action that always fails.
    """

    policy: Policy
    cores: int = 8
    owner: OfTime = lambda _: 0.0
    others_memory: OfTime = lambda _: 0.0
    blind: Callable[[float], bool] = lambda _: False
    mute: Callable[[float], bool] = lambda _: False
    cannot: type[Action] | None = None
    wish: Callable[[float], Wish] = lambda _: Wish()
    signals: Callable[[float], Signals] = lambda _: Signals()
    images: Callable[[float], dict[str, Missing]] = lambda _: {}
    software: Callable[[float], dict[str, Missing | None]] = lambda _: {}
    demand: Callable[[float], dict[str, DemandReading | Missing | None]] = lambda _: {}
    life_seconds: float = math.inf
    lives: dict[str, float] = field(default_factory=dict)
    exit_code: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    start_seconds: float = 0.3
    kill_seconds: float = 0.1
    stop_seconds: float = 1.0
    ticks: list[Tick] = field(default_factory=list)
    pilots: dict[str, Pilot] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    _memory: Memory = field(default_factory=Memory)
    _due: list[tuple[float, Action]] = field(default_factory=list)
    _busy: float = 0.0
    _pool: float = 0.0
    _now: float = 0.0
    _numbers: int = 0
    _asked: dict[str, float] = field(default_factory=dict)

    def run(self, seconds: int) -> list[Tick]:
        """The ticks of so many more seconds."""
        before = len(self.ticks)
        for _ in range(seconds):
            self._second()
            self._tick()
        return self.ticks[before:]

    @property
    def alive(self) -> int:
        return self.count(PilotState.RUNNING)

    def count(self, *states: PilotState) -> int:
        return sum(p.state in states for p in self.pilots.values())

    def cores_of(self) -> dict[str, float]:
        """Cores that running pilots would use, by kind."""
        found: dict[str, float] = {kind.name: 0.0 for kind in self.policy.kinds}
        for one in self.pilots.values():
            if one.state is PilotState.RUNNING:
                found[one.kind] = found.get(one.kind, 0.0) + self.policy.kind_of(one.kind).cpus
        return found

    def _life_of(self, pilot: Pilot) -> float:
        return self.lives.get(pilot.kind, self.life_seconds)

    def _second(self) -> None:
        owner = min(self.owner(self._now), self.cores)
        wanted = sum(self.cores_of().values())
        pilots = min(wanted, self.cores - owner)
        self._busy += owner + pilots
        self._pool += pilots
        self._now += 1.0
        for pilot in list(self.pilots.values()):
            asked = self._asked.get(pilot.id, math.inf)
            old = WALL + self._now - pilot.created_at >= self._life_of(pilot)
            if (old and pilot.state is PilotState.RUNNING) or self._now - asked >= self.stop_seconds:
                self.pilots[pilot.id] = replace(pilot, state=PilotState.ENDED)

    def _tick(self) -> None:
        now = NOW + self._now
        memory = learn(self.policy, self._memory, self._answers(), WALL + self._now)
        memory, seen = observe(memory, self._sample(now))
        memory, decision = decide(self.policy, memory, seen)
        # Starts that are taken back were not asked for yet.
        self._due = [(at, a) for at, a in self._due if key(a) not in decision.cancelled or at <= now]
        memory = forget(memory, decision.cancelled)
        self._memory = remember(memory, decision.actions)
        self._due += [(now + self._delay(action), action) for action in decision.actions]
        self.ticks.append(Tick(self._now, self.alive, decision, seen))

    def _delay(self, action: Action) -> float:
        return self.start_seconds if isinstance(action, Start) else self.kill_seconds

    def _sample(self, now: float) -> Sample:
        there = [p for p in self.pilots.values() if p.state in {PilotState.RUNNING, PilotState.FROZEN}]
        held = sum(self.policy.kind_of(p.kind).memory_bytes for p in there)
        available = 16 * GIB - held - int(self.others_memory(self._now))
        away = self.blind(self._now) or self.mute(self._now)
        members = frozenset(p.id for p in self.pilots.values() if p.state is not PilotState.ENDED)
        return Sample(
            monotonic=now,
            wall=WALL + self._now,
            cpu=CpuCounters(self._busy, 0.0, self.cores),
            pool=PoolCounters(self._pool, members, memory_bytes=held),
            memory=MemoryReading(16 * GIB, max(available, 0)),
            listing=Missing("engine away") if away else Listing(tuple(self.pilots.values()), now),
            wish=self.wish(self._now),
            images=self.images(self._now),
            software=self.software(self._now),
            signals=self.signals(self._now),
            demand=self.demand(self._now),
        )

    def _answers(self) -> list[Outcome]:
        now = NOW + self._now
        due = [(at, action) for at, action in self._due if at <= now]
        self._due = [(at, action) for at, action in self._due if at > now]
        return [self._do(at, action) for at, action in due]

    def _do(self, at: float, action: Action) -> Outcome:
        if self.blind(self._now) or type(action) is self.cannot:
            return Failed(action, at, 0.0, "the engine does not")
        if isinstance(action, Start):
            self._numbers += 1
            created = WALL + at - NOW
            pilot = Pilot(f"{self._numbers:064x}", action.name, action.kind, PilotState.RUNNING, created, "s")
            self.pilots[pilot.id] = pilot
            return Done(action, at, self.start_seconds, pilot=pilot)
        if isinstance(action, Tell):
            self.told.append(action.pilot.name)
            self._asked[action.pilot.id] = self._now
            return Done(action, at, self.kill_seconds)
        if not isinstance(action, Reap):
            states = {Freeze: PilotState.FROZEN, Kill: PilotState.ENDED}
            pilot = self.pilots[action.pilot.id]
            self.pilots[pilot.id] = replace(pilot, state=states.get(type(action), PilotState.RUNNING))
            if isinstance(action, Stop):
                self._asked[pilot.id] = self._now
            return Done(action, at, self.kill_seconds)
        gone = self.pilots.pop(action.pilot.id, None)
        lived = min(WALL + at - NOW - action.pilot.created_at, self._life_of(action.pilot))
        code = self.codes.get(action.pilot.kind, self.exit_code)
        return Done(action, at, 0.1, ending=Ending(code, False, lived) if gone else None)


def places(tick: Tick) -> Pilots:
    """The pilots that the tick saw; fails where it was blind."""
    assert isinstance(tick.seen.pilots, Pilots)
    return tick.seen.pilots
