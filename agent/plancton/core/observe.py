"""Counters become rates, and the engine's last listing becomes what is true now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from plancton.core.memory import Baseline, Memory, Rates
from plancton.model import (
    Action,
    Done,
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
    Wish,
)
from plancton.readings import Signals

# Kernel counters move in steps of 10 ms: below this interval a rate is mostly rounding. A tick that
# comes early (a signal woke the loop) keeps the rates of the one before.
SHORTEST_INTERVAL_SECONDS = 0.4


@dataclass(frozen=True)
class Pilots:
    """Every pilot in exactly one place.

    `starting` are names of containers that may not exist yet, in the order of their decisions.
    """

    alive: tuple[Pilot, ...] = ()
    starting: tuple[str, ...] = ()
    releasing: tuple[Pilot, ...] = ()
    ended: tuple[Pilot, ...] = ()


@dataclass(frozen=True)
class Seen:
    """One tick's view of the host.

    `known` are the pilots that can be acted on. While the engine does not list its containers
    (`pilots` is Missing) they are those that it listed last and that the kernel still shows: an
    engine that cannot tell may well be able to kill, and the owner need not wait for it.
    """

    monotonic: float
    wall: float
    rates: Rates | Missing
    memory: MemoryReading | Missing
    pilots_memory_bytes: int
    pilots: Pilots | Missing
    known: Pilots
    image: Missing | None
    weight: Missing | None
    wish: Wish
    signals: Signals = field(default_factory=Signals)


def observe(memory: Memory, sample: Sample) -> tuple[Memory, Seen]:
    """Turn a sample into what the policy reads. Never raises on any sample."""
    baseline, rates = _rates(memory, sample)
    if isinstance(sample.listing, Listing):
        memory = _heard(memory, sample.listing)
    memory = replace(memory, baseline=baseline, rates=None if isinstance(rates, Missing) else rates)
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
        image=sample.image,
        weight=sample.weight,
        wish=sample.wish,
        signals=sample.signals,
    )


def _heard(memory: Memory, listing: Listing) -> Memory:
    """Forget what a listing has overtaken: what is not in it will not be asked about again."""
    recent = tuple(o for o in memory.recent if o.finished_at >= listing.asked_at)
    there = {p.id for p in listing.pilots} | {o.pilot.id for o in recent if isinstance(o, Done) and o.pilot}
    there |= set(memory.in_flight)
    return replace(
        memory,
        listing=listing,
        recent=recent,
        killed={k: v for k, v in memory.killed.items() if k in there},
        not_before={k: v for k, v in memory.not_before.items() if k in there},
    )


def _still_there(pilots: Pilots, pool: PoolCounters | Missing) -> Pilots:
    """The pilots that the kernel shows too. Where it cannot be asked, a needless kill harms nobody."""
    if isinstance(pool, Missing):
        return pilots
    return replace(pilots, alive=tuple(p for p in pilots.alive if p.id in pool.members))


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
    busy: dict[str, Action] = dict(memory.in_flight)
    starting = tuple(name for name, action in busy.items() if isinstance(action, Start))
    idle = [p for p in known.values() if p.id not in busy and p.name not in starting]
    return Pilots(
        alive=tuple(p for p in idle if p.state in {PilotState.RUNNING, PilotState.FROZEN}),
        starting=starting,
        releasing=tuple(a.pilot for a in busy.values() if isinstance(a, Kill)),
        # A container that was created and is not being started is what a failed start left behind.
        ended=tuple(p for p in idle if p.state in {PilotState.ENDED, PilotState.CREATED}),
    )


def _settled(listed: dict[str, Pilot], begun: dict[str, Pilot]) -> dict[str, Pilot]:
    """The listing without entries from before their start had finished."""
    return {id_: p for id_, p in listed.items() if not (id_ in begun and p.state is PilotState.CREATED)}
