"""Synthetic owners: a library of days, each the same for the same seed.

Numbers are those of ordinary desktops: a browser that loads a page takes a core for seconds, a video call
one and a half, a build all there are. Large pieces scale with the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from plancton.simulate.demand import Demand, Machine
from plancton.simulate.sketch import DAY, Sketch

MINUTE, HOUR = 60.0, 3600.0
GIB = 1024**3

Paint = Callable[[Sketch, Random], None]


def demand_of(owner: str, machine: Machine, seed: int) -> Demand:
    """One day of that owner. Raises KeyError where there is none of that name."""
    rng = Random(f"{owner} {seed}")  # noqa: S311 - it has to be repeatable, not secret
    sketch = Sketch(machine)
    _background(sketch, rng)
    OWNERS[owner](sketch, rng)
    return sketch.demand(owner)


def _office(sketch: Sketch, rng: Random) -> None:
    """An office day: mail, documents, a browser; lunch."""
    _at_the_desk(sketch, rng, 9 * HOUR, 12 * HOUR)
    _at_the_desk(sketch, rng, 12.75 * HOUR, 17.5 * HOUR)


def _bursts(sketch: Sketch, rng: Random) -> None:
    """Interactive analysis: a third of the machine to all of it, for seconds, again and again."""
    cores = sketch.machine.cores
    for start, end in ((10 * HOUR, 12 * HOUR), (14 * HOUR, 17 * HOUR)):
        _at_the_desk(sketch, rng, start, end)
        for at in _now_and_then(rng, start, end, every=45.0):
            sketch.work(at, rng.uniform(2, 10), rng.uniform(0.3, 1.0) * cores)


def _compile(sketch: Sketch, rng: Random) -> None:
    """Ten minutes of editing, forty seconds of building on every core, all day long."""
    _office(sketch, rng)
    at = 9 * HOUR + rng.uniform(0, 10 * MINUTE)
    while at < 17.5 * HOUR:
        lasts = rng.uniform(30, 50)
        sketch.work(at, lasts, sketch.machine.cores)
        sketch.hold(at, lasts, 0.1 * sketch.machine.memory_bytes)
        at += lasts + rng.uniform(8, 12) * MINUTE


def _batch(sketch: Sketch, rng: Random) -> None:
    """A batch of the owner's own at night, in stages of half the machine to all of it; little by day."""
    at, end = HOUR + rng.uniform(0, HOUR), 5.5 * HOUR
    sketch.hold(at, end - at, 0.3 * sketch.machine.memory_bytes)
    while at < end:
        lasts = rng.uniform(5, 15) * MINUTE
        sketch.work(at, min(lasts, end - at), rng.uniform(0.5, 1.0) * sketch.machine.cores)
        at += lasts
    _at_the_desk(sketch, rng, 10 * HOUR, 12 * HOUR)


def _meeting(sketch: Sketch, rng: Random) -> None:
    """An office day with two video calls: one and a half cores, up to three, and no hand at the keyboard."""
    _at_the_desk(sketch, rng, 10 * HOUR, 12 * HOUR)
    _at_the_desk(sketch, rng, 15 * HOUR, 17.5 * HOUR)
    for start, end in ((9 * HOUR, 10 * HOUR), (13.5 * HOUR, 15 * HOUR)):
        begins = start + rng.uniform(-2, 5) * MINUTE
        sketch.sit(begins - 2 * MINUTE, 4 * MINUTE)
        sketch.work(begins, end - begins, 1.5)
        sketch.hold(begins, end - begins, GIB)
        for at in _now_and_then(rng, begins, end, every=20.0):
            sketch.work(at, rng.uniform(2, 8), rng.uniform(0.5, 1.5))


def _all_cores(sketch: Sketch, rng: Random) -> None:
    """An analysis on every core for six hours."""
    _at_the_desk(sketch, rng, 9 * HOUR, 10 * HOUR)
    start = 10 * HOUR + rng.uniform(-10, 10) * MINUTE
    sketch.work(start, 6 * HOUR, sketch.machine.cores)
    sketch.hold(start, 6 * HOUR, 0.4 * sketch.machine.memory_bytes)
    _at_the_desk(sketch, rng, 16.5 * HOUR, 17.5 * HOUR)


def _memory_hog(sketch: Sketch, rng: Random) -> None:
    """A notebook that eats nine tenths of the memory in ten seconds, twice, and keeps it for a while."""
    _office(sketch, rng)
    total = sketch.machine.memory_bytes
    for start in (11 * HOUR, 15 * HOUR):
        begins = start + rng.uniform(-10, 10) * MINUTE
        lasts = rng.uniform(15, 25) * MINUTE
        sketch.work(begins, lasts, 1.0)
        # What the system and the desk hold is within the nine tenths.
        share = max(0.9 * total - SYSTEM_BYTES - DESK_BYTES, 0) / 10
        for second in range(10):
            sketch.hold(begins + second, lasts - second, share)


OWNERS: dict[str, Paint] = {
    "office": _office,
    "bursts": _bursts,
    "compile": _compile,
    "batch": _batch,
    "meeting": _meeting,
    "all-cores": _all_cores,
    "memory": _memory_hog,
}

SYSTEM_BYTES, DESK_BYTES = 1.5 * GIB, 2.5 * GIB


def _background(sketch: Sketch, rng: Random) -> None:
    """What no desktop is without: daemons that wake up, an updater, the jobs of the night."""
    sketch.work(0, DAY, 0.02)
    sketch.hold(0, DAY, SYSTEM_BYTES)
    for at in _now_and_then(rng, 0, DAY, every=40.0):
        sketch.work(at, rng.uniform(1, 2), rng.uniform(0.05, 0.4))
    for at in _now_and_then(rng, 0, DAY, every=15 * MINUTE):
        sketch.work(at, rng.uniform(3, 8), 1.0)
    sketch.work(3 * HOUR + rng.uniform(0, HOUR), rng.uniform(2, 5) * MINUTE, 1.0)


def _at_the_desk(sketch: Sketch, rng: Random, start: float, end: float) -> None:
    """Somebody works at a screen, and gets up now and then."""
    begins, ends = start + rng.uniform(-10, 10) * MINUTE, end + rng.uniform(-10, 10) * MINUTE
    sketch.work(begins, ends - begins, 0.15)
    sketch.hold(begins, ends - begins, DESK_BYTES)
    at = begins
    while at < ends:
        sits = min(rng.expovariate(1 / (20 * MINUTE)), ends - at)
        sketch.sit(at, sits)
        for burst in _now_and_then(rng, at, at + sits, every=25.0):
            sketch.work(burst, rng.uniform(1, 6), rng.uniform(0.3, 1.5))
        for burst in _now_and_then(rng, at, at + sits, every=15 * MINUTE):
            sketch.work(burst, rng.uniform(5, 20), rng.uniform(0.25, 0.5) * sketch.machine.cores)
        at += sits + rng.expovariate(1 / (4 * MINUTE))


def _now_and_then(rng: Random, start: float, end: float, every: float) -> Iterator[float]:
    """Moments without a memory, so many seconds apart on average."""
    at = start + rng.expovariate(1 / every)
    while at < end:
        yield at
        at += rng.expovariate(1 / every)
