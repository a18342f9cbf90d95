"""Readings become lines."""

from __future__ import annotations

import json
from dataclasses import dataclass

from plancton.model import CpuCounters, MemoryReading, Missing, PoolCounters

FORMAT, VERSION = "plancton-recording", 1
MIB = 1024**2
CENTI, MILLI = 100, 1000
MISSING = "-"


@dataclass(frozen=True)
class Reading:
    """What one look at the sensors gave. `at` is monotonic, in seconds."""

    at: float
    cpu: CpuCounters | Missing
    pool: PoolCounters | Missing
    memory: MemoryReading | Missing


class Writer:
    """Keeps the reading before, from which the next one differs."""

    def __init__(self, interval_seconds: float, cores: int, memory_bytes: int) -> None:
        self._interval = round(interval_seconds * MILLI)
        self._cores = cores
        self._memory_bytes = memory_bytes
        self._values = [0, 0, 0, 0, 0]
        self._at: int | None = None

    def header(self, wall: float) -> str:
        """The first line; `wall` is when the recording began, in Unix time."""
        about = {
            "format": FORMAT,
            "version": VERSION,
            "started_at": round(wall),
            "interval_ms": self._interval,
            "cores": self._cores,
            "memory_mib": self._memory_bytes // MIB,
        }
        return json.dumps(about) + "\n"

    def line(self, reading: Reading) -> str:
        """One reading, after a line of its own if the number of cores has changed."""
        at = round(reading.at * MILLI)
        late = 0 if self._at is None else at - self._at - self._interval
        self._at = at
        words = [str(late)]
        for place, value in enumerate(_whole(reading)):
            words.append(MISSING if value is None else str(value - self._values[place]))
            self._values[place] = self._values[place] if value is None else value
        while words and words[-1] == "0":
            words.pop()
        return self._news(reading) + " ".join(words) + "\n"

    def _news(self, reading: Reading) -> str:
        if isinstance(reading.cpu, Missing) or reading.cpu.cores == self._cores:
            return ""
        self._cores = reading.cpu.cores
        return json.dumps({"cores": self._cores}) + "\n"


def _whole(reading: Reading) -> list[int | None]:
    cpu, pool, memory = reading.cpu, reading.pool, reading.memory
    return [
        None if isinstance(cpu, Missing) else round(cpu.busy_seconds * CENTI),
        None if isinstance(pool, Missing) else round(pool.cpu_seconds * CENTI),
        None if isinstance(memory, Missing) else memory.available_bytes // MIB,
        None if isinstance(pool, Missing) else pool.memory_bytes // MIB,
        None if isinstance(cpu, Missing) else round(cpu.steal_seconds * CENTI),
    ]
