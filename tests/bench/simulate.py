"""`python -m tests.bench.simulate`: how long a simulated day takes, and how large a recorded one is.

Needs neither Docker nor root. Nothing else should be busy meanwhile.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import zlib
from pathlib import Path

from plancton.core.policy import Policy
from plancton.model import CpuCounters, MemoryReading, PoolCounters
from plancton.recording.recorder import GZIP
from plancton.recording.writing import Reading, Writer
from plancton.simulate.demand import Demand, Machine
from plancton.simulate.match import Day, Match, cores_here, play_all, play_day
from plancton.simulate.owners import OWNERS

GIB = 1024**3
MACHINE = Machine(8, 16 * GIB)
MATCH = Match((("defaults", Policy()),), MACHINE)
HOST_DAYS = 100


def main() -> int:
    """Print rows of figures and their goals."""
    seconds = {owner: _seconds(Day(owner, 1)) for owner in OWNERS}
    for owner, took in seconds.items():
        _row(f"a day of {owner}, every contestant", f"{took:.2f} s", "<= 3 s")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "day.gz"
        path.write_bytes(recorded(Day("bursts", 1).demand(MACHINE)))
        _row("a recorded day with noise, size", f"{path.stat().st_size / 1e6:.2f} MB", "< 10 MB")
        _row("a recorded day, every contestant", f"{_seconds(Day('r', recording=path)):.2f} s", "<= 3 s")
    days = [Day(owner, seed) for seed in range(HOST_DAYS) for owner in OWNERS][:HOST_DAYS]
    began = time.perf_counter()
    play_all(MATCH, days, cores_here())
    took = time.perf_counter() - began
    _row(f"{HOST_DAYS} host-days, {cores_here()} processes", f"{took:.0f} s", "")
    _row("1,000 host-days would take", f"{took * 1000 / HOST_DAYS / 60:.1f} min", "")
    return 0


def recorded(demand: Demand) -> bytes:
    """The day as a host's sensors would have seen it: counters jitter, memory breathes."""
    rng, pack = random.Random(1), zlib.compressobj(9, zlib.DEFLATED, GZIP)
    writer, steps, busy, pilots = (
        Writer(1.0, MACHINE.cores, MACHINE.memory_bytes),
        iter(demand.steps),
        0.0,
        0.0,
    )
    step = next(steps)
    following = next(steps, None)
    parts = [pack.compress(writer.header(0.0).encode())]
    for second in range(int(demand.seconds)):
        while following is not None and following.at <= second:
            step, following = following, next(steps, None)
        share = max(7.0 - step.cores, 0.0)
        busy += min(step.cores + abs(rng.gauss(0, 0.02)) + share, MACHINE.cores)
        pilots += share
        available = MACHINE.memory_bytes - step.memory_bytes - 3 * GIB - rng.randrange(32 * 1024**2)
        reading = Reading(
            second + rng.uniform(0, 0.002),
            CpuCounters(busy, 0.0, MACHINE.cores),
            PoolCounters(pilots, frozenset(), memory_bytes=3 * GIB),
            MemoryReading(MACHINE.memory_bytes, max(available, 0)),
        )
        parts.append(pack.compress(writer.line(reading).encode()))
    return b"".join([*parts, pack.flush()])


def _seconds(day: Day) -> float:
    began = time.perf_counter()
    play_day(MATCH, day)
    return time.perf_counter() - began


def _row(what: str, figure: str, goal: str) -> None:
    print(f"  {what:48} {figure:>12}  {goal and 'goal ' + goal}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
