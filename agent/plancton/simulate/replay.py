"""A recording becomes a demand: what the owner used, as what the owner would ask for again."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from plancton.model import MemoryReading, Missing, PoolCounters
from plancton.recording.reading import Recording, read
from plancton.recording.writing import Reading
from plancton.simulate.demand import Demand, Machine, Step

# A change below this is the host's own noise: taking it in would make every second a step of its own
# and change no decision, since tolerances and reserves are larger by far.
NOISE_CORES = 0.05
NOISE_MEMORY_SHARE = 1 / 256


def replay(path: Path) -> Demand:
    """The demand of a file. Raises BadRecording."""
    return demand_of(read(path), str(path))


def demand_of(recording: Recording, name: str) -> Demand:
    """The owner's CPU is the host's less the pilots'; a reading that is missing repeats the one before.

    Recordings do not tell of the keyboard: nobody is at it. What a hypervisor took, and cores that went
    off-line, are not there for pilots either: they count as the owner's.
    """
    machine = Machine(recording.cores, recording.memory_bytes)
    steps, ends_at = [Step(0.0, 0.0, 0, present=False)], 0.0
    for before, now in pairwise(recording.readings):
        cores = _cores(machine, before, now)
        step = Step(
            before.at,
            steps[-1].cores if cores is None else cores,
            _memory(machine, now, steps[-1].memory_bytes),
            present=False,
        )
        if step.at == 0.0:
            steps = [step]
        elif _differs(machine, steps[-1], step):
            steps.append(step)
        ends_at = now.at
    return Demand(name, machine, ends_at, tuple(steps))


def _cores(machine: Machine, before: Reading, now: Reading) -> float | None:
    """Cores between two readings, None where they do not tell."""
    if isinstance(before.cpu, Missing) or isinstance(now.cpu, Missing):
        return None
    if isinstance(before.pool, Missing) or isinstance(now.pool, Missing):
        return None
    seconds = now.at - before.at
    busy, steal = (
        now.cpu.busy_seconds - before.cpu.busy_seconds,
        now.cpu.steal_seconds - before.cpu.steal_seconds,
    )
    pilots = now.pool.cpu_seconds - before.pool.cpu_seconds
    if min(busy, steal, pilots) < 0:
        return None  # a counter jumped back
    owner = max(busy - pilots, 0.0) / seconds
    gone = steal / seconds + max(machine.cores - now.cpu.cores, 0)
    return min(round(owner + gone, 2), float(machine.cores))


def _memory(machine: Machine, now: Reading, before: int) -> int:
    """Bytes that are neither available nor the pilots'."""
    if not isinstance(now.memory, MemoryReading) or not isinstance(now.pool, PoolCounters):
        return before
    return max(machine.memory_bytes - now.memory.available_bytes - now.pool.memory_bytes, 0)


def _differs(machine: Machine, before: Step, now: Step) -> bool:
    return (
        abs(now.cores - before.cores) >= NOISE_CORES
        or abs(now.memory_bytes - before.memory_bytes) >= NOISE_MEMORY_SHARE * machine.memory_bytes
    )
