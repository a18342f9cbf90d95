"""Counters become rates, and the engine's last listing becomes what is true now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from plancton.core.memory import Baseline, Memory, Rates
from plancton.model import (
    Action,
    DemandReading,
    Done,
    Freeze,
    Kill,
    Listing,
    MemoryReading,
    Missing,
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
from plancton.readings import Signals

# Kernel counters move in steps of 10 ms: below this interval a rate is mostly rounding. A tick that
# comes early (a signal woke the loop) keeps the rates of the one before.
SHORTEST_INTERVAL_SECONDS = 0.4


@dataclass(frozen=True)
class Pilots:
    """Every pilot in exactly one place.

    `starting` are containers that may not exist yet, in the order of their decisions.
    `stopping` were asked to end and have not yet. `freezing`, `thawing` and `releasing` (being asked
    to end, or killed) are in the middle of an action.
    """

    running: tuple[Pilot, ...] = ()
    frozen: tuple[Pilot, ...] = ()
    stopping: tuple[Pilot, ...] = ()
    starting: tuple[Start, ...] = ()
    freezing: tuple[Pilot, ...] = ()
    thawing: tuple[Pilot, ...] = ()
    releasing: tuple[Pilot, ...] = ()
    ended: tuple[Pilot, ...] = ()

    @property
    def alive(self) -> tuple[Pilot, ...]:
        """Those that may be acted on and are not on their way out."""
        return (*self.running, *self.frozen)

    @property
    def standing(self) -> tuple[Pilot, ...]:
        """Those that are there and not on their way out."""
        return (*self.running, *self.thawing, *self.frozen, *self.freezing)

    @property
    def active(self) -> int:
        """How many use CPU, or are about to."""
        return len(self.running) + len(self.thawing) + len(self.starting)

    @property
    def kept(self) -> int:
        """How many are not on their way out."""
        return len(self.standing) + len(self.starting)


@dataclass(frozen=True)
class Seen:
    """One tick's view of the host.

    `known` are the pilots that can be acted on. While the engine does not list its containers
    (`pilots` is Missing) they are those that it listed last and that the kernel still shows: an
    engine that cannot tell may well be able to kill, and the owner need not wait for it. `images` and
    `networks` are those that are missing, by kind; `software` is what is wrong with it, by the kinds that
    need some; `demand` that of the kinds whose pool is asked.
    """

    monotonic: float
    wall: float
    rates: Rates | Missing
    memory: MemoryReading | Missing
    pilots_memory_bytes: int
    pilots: Pilots | Missing
    known: Pilots
    images: Mapping[str, Missing]
    weight: Missing | None
    wish: Wish
    signals: Signals = field(default_factory=Signals)
    software: Mapping[str, Missing | None] = field(default_factory=dict)
    networks: Mapping[str, Missing] = field(default_factory=dict)
    demand: Mapping[str, DemandReading | Missing | None] = field(default_factory=dict)


def observe(memory: Memory, sample: Sample) -> tuple[Memory, Seen]:
    """Turn a sample into what the policy reads. Never raises on any sample."""
    baseline, rates = _rates(memory, sample)
    memory = replace(
        memory,
        baseline=baseline,
        rates=None if isinstance(rates, Missing) else rates,
        **(_heard(memory, sample.listing) if isinstance(sample.listing, Listing) else {}),
    )
    known = merge(memory.listing or Listing((), 0.0), memory)
    if isinstance(sample.listing, Missing):
        known = _still_there(known, sample.pool)
    return memory, Seen(
        monotonic=sample.monotonic,
        wall=sample.wall,
        rates=rates,
        memory=sample.memory,
        pilots_memory_bytes=0 if isinstance(sample.pool, Missing) else sample.pool.memory_bytes,
        pilots=sample.listing if isinstance(sample.listing, Missing) else known,
        known=known,
        images=sample.images,
        software=sample.software,
        weight=sample.weight,
        wish=sample.wish,
        signals=sample.signals,
        networks=sample.networks,
        demand=sample.demand,
    )


def _heard(memory: Memory, listing: Listing) -> dict[str, Any]:
    """What changes in memory, as a listing overtakes it: what is not in it will not be asked about again."""
    recent = tuple(o for o in memory.recent if o.finished_at >= listing.asked_at)
    there = {p.id for p in listing.pilots} | {o.pilot.id for o in recent if isinstance(o, Done) and o.pilot}
    there |= set(memory.in_flight)
    return {
        "listing": listing,
        "recent": recent,
        "stopping": {k: v for k, v in memory.stopping.items() if k in there},
        "killed": {k: v for k, v in memory.killed.items() if k in there},
        "not_before": {k: v for k, v in memory.not_before.items() if k in there},
        "not_frozen": {k: v for k, v in memory.not_frozen.items() if k in there},
        "told": {k: v for k, v in memory.told.items() if k in there} if memory.told else memory.told,
    }


def _still_there(pilots: Pilots, pool: PoolCounters | Missing) -> Pilots:
    """The pilots that the kernel shows too. Where it cannot be asked, a needless kill harms nobody."""
    if isinstance(pool, Missing):
        return pilots
    return replace(
        pilots,
        running=tuple(p for p in pilots.running if p.id in pool.members),
        frozen=tuple(p for p in pilots.frozen if p.id in pool.members),
        stopping=tuple(p for p in pilots.stopping if p.id in pool.members),
    )


def _rates(memory: Memory, sample: Sample) -> tuple[Baseline | None, Rates | Missing]:
    cpu, pool, before = sample.cpu, sample.pool, memory.baseline
    if isinstance(cpu, Missing):
        return None, cpu
    if isinstance(pool, Missing):
        return None, pool
    now = Baseline(sample.monotonic, cpu, pool)
    if before is None:
        return now, Missing("the first reading: a rate needs two")
    if sample.monotonic - before.monotonic < SHORTEST_INTERVAL_SECONDS and memory.rates is not None:
        return before, memory.rates
    return now, _between(before, now)


def _between(before: Baseline, now: Baseline) -> Rates | Missing:
    seconds = now.monotonic - before.monotonic
    if seconds <= 0:
        return Missing("the clock did not advance")
    if now.cpu.cores != before.cpu.cores:
        return Missing(f"the number of cores changed from {before.cpu.cores} to {now.cpu.cores}")
    busy = (now.cpu.busy_seconds - before.cpu.busy_seconds) / seconds
    stolen = (now.cpu.steal_seconds - before.cpu.steal_seconds) / seconds
    pilots = (now.pool.cpu_seconds - before.pool.cpu_seconds) / seconds
    if min(busy, stolen, pilots) < 0:
        return Missing("a CPU counter jumped back")
    capacity = max(now.cpu.cores - stolen, 0.0)
    pilots = min(pilots, capacity)
    # The two counters are read a moment apart and differ in resolution, so the difference may
    # come out slightly below zero on a host whose owner is away.
    owner = min(max(busy - pilots, 0.0), capacity - pilots)
    return Rates(seconds, capacity, owner, pilots)


def merge(listing: Listing, memory: Memory) -> Pilots:
    """The listing, corrected by what was begun or finished since the engine was asked.

    The invariant: no container is in two places, and one that may be running is never in none.
    """
    since = [o for o in memory.recent if isinstance(o, Done)]
    gone = {o.action.pilot.id for o in since if isinstance(o.action, Kill | Reap)}
    begun = {o.pilot.id: o.pilot for o in since if o.pilot is not None}
    listed = {p.id: p for p in listing.pilots}
    known = {id_: p for id_, p in {**begun, **_settled(listed, begun)}.items() if id_ not in gone}
    for outcome in since:  # in the order in which they happened
        if isinstance(outcome.action, Freeze | Thaw) and outcome.action.pilot.id in known:
            known[outcome.action.pilot.id] = _after(known[outcome.action.pilot.id], outcome.action)
    return _placed(known.values(), memory)


def _settled(listed: dict[str, Pilot], begun: dict[str, Pilot]) -> dict[str, Pilot]:
    """The listing without entries from before their start had finished."""
    return {id_: p for id_, p in listed.items() if not (id_ in begun and p.state is PilotState.CREATED)}


def _after(pilot: Pilot, action: Freeze | Thaw) -> Pilot:
    """The pilot after an action; one that has ended in between stays so."""
    if pilot.state is PilotState.ENDED:
        return pilot
    return replace(pilot, state=PilotState.FROZEN if isinstance(action, Freeze) else PilotState.RUNNING)


def _placed(known: Iterable[Pilot], memory: Memory) -> Pilots:
    busy: dict[str, Action] = dict(memory.in_flight)
    starting = tuple(action for action in busy.values() if isinstance(action, Start))
    idle = [p for p in known if p.id not in busy and p.name not in busy]
    asked = memory.stopping

    def state(*states: PilotState, asked_to_end: bool = False) -> tuple[Pilot, ...]:
        return tuple(p for p in idle if p.state in states and (p.id in asked) is asked_to_end)

    def being(*kinds: type[Freeze | Thaw | Stop | Kill]) -> tuple[Pilot, ...]:
        return tuple(a.pilot for a in busy.values() if isinstance(a, kinds))

    return Pilots(
        running=state(PilotState.RUNNING),
        frozen=state(PilotState.FROZEN),
        stopping=state(PilotState.RUNNING, PilotState.FROZEN, asked_to_end=True),
        starting=starting,
        freezing=being(Freeze),
        thawing=being(Thaw),
        releasing=being(Stop, Kill),
        # A container that was created and is not being started is what a failed start left behind.
        ended=tuple(p for p in idle if p.state in {PilotState.ENDED, PilotState.CREATED}),
    )
