"""Lines become readings, or one sentence that names the file and the line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plancton.model import CpuCounters, MemoryReading, Missing, PoolCounters
from plancton.recording.unpacking import BadRecording, lines
from plancton.recording.writing import CENTI, FORMAT, MIB, MILLI, MISSING, VERSION, Reading

LEAST_READINGS = 2
# A month at one second; a mistaken or hostile file ends here and not in the machine's memory.
MOST_READINGS = 31 * 86400
VALUES = 5
NUMBER = re.compile(r"-?\d{1,15}")
BOUNDS = {"interval_ms": (100, 60_000), "cores": (1, 65_536), "memory_mib": (1, 1 << 30)}
LOST = Missing("the recording has no reading here")


@dataclass(frozen=True)
class Recording:
    """A file. `readings` are read as they are asked for, since a month has millions; at least two.

    `cores` and `memory_bytes` are those at its beginning.
    """

    interval_seconds: float
    cores: int
    memory_bytes: int
    readings: Iterator[Reading]


def read(path: Path) -> Recording:
    """Open a file. One that was cut short (the host was switched off) is read as far as it goes.

    Raises BadRecording, here or as soon as the readings get to what is wrong.
    """
    numbered = lines(path)
    about = _header(path, next(numbered, (1, "")))
    readings = _readings(path, about, numbered)
    return Recording(about["interval_ms"] / MILLI, about["cores"], about["memory_mib"] * MIB, readings)


def _readings(path: Path, about: dict[str, int], numbered: Iterator[tuple[int, str]]) -> Iterator[Reading]:
    decoder, count = _Decoder(path, about), 0
    for number, line in numbered:
        reading = decoder.take(number, line)
        if reading is not None:
            count += 1
            if count > MOST_READINGS:
                raise BadRecording(f"{path}:{number}: is more than {MOST_READINGS} readings")
            yield reading
    if count < LEAST_READINGS:
        raise BadRecording(f"{path}: holds {count} readings, but a rate needs {LEAST_READINGS}")


def _header(path: Path, first: tuple[int, str]) -> dict[str, int]:
    about = _json(path, *first)
    if about.get("format") != FORMAT:
        raise BadRecording(f"{path}:1: is not the beginning of a recording")
    if about.get("version") != VERSION:
        raise BadRecording(f"{path}:1: version must be {VERSION}, not {about.get('version')!r:.40}")
    return {key: _bounded(path, 1, about, key) for key in BOUNDS}


def _json(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadRecording(f"{path}:{number}: must be a JSON object, not {line!r:.40}")
    return found


def _bounded(path: Path, number: int, about: dict[str, Any], key: str) -> int:
    least, most = BOUNDS[key]
    value = about.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadRecording(
            f"{path}:{number}: {key} must be a whole number from {least} to {most}, not {value!r:.40}"
        )
    return value


class _Decoder:
    """Keeps the sums of the differences."""

    def __init__(self, path: Path, about: dict[str, int]) -> None:
        self._path = path
        self._interval = about["interval_ms"]
        self._cores = about["cores"]
        self._memory_bytes = about["memory_mib"] * MIB
        self._values = [0] * VALUES
        self._at: int | None = None

    def take(self, number: int, line: str) -> Reading | None:
        """One line. None where it tells no reading. Raises BadRecording."""
        if line.startswith("{"):
            self._cores = _bounded(self._path, number, _json(self._path, number, line), "cores")
            return None
        words = line.split(" ") if line else []
        if len(words) > VALUES + 1:
            raise BadRecording(f"{self._path}:{number}: has {len(words)} numbers and not {VALUES + 1}")
        late = self._number(number, words[0]) if words else 0
        if late is None or late <= -self._interval:
            raise BadRecording(f"{self._path}:{number}: time does not advance")
        self._at = 0 if self._at is None else self._at + self._interval + late
        told: list[int | None] = [0] * VALUES
        for place, word in enumerate(words[1:]):
            told[place] = self._number(number, word)
        self._values = [value + (change or 0) for value, change in zip(self._values, told, strict=True)]
        return self._reading([None if c is None else v for v, c in zip(self._values, told, strict=True)])

    def _number(self, number: int, word: str) -> int | None:
        if word == MISSING:
            return None
        if NUMBER.fullmatch(word) is None:
            raise BadRecording(f"{self._path}:{number}: {word!r:.40} is not a whole number")
        return int(word)

    def _reading(self, values: list[int | None]) -> Reading:
        busy, pilots, available, held, steal = values
        whole_cpu = busy is not None and steal is not None
        return Reading(
            at=(self._at or 0) / MILLI,
            cpu=CpuCounters((busy or 0) / CENTI, (steal or 0) / CENTI, self._cores) if whole_cpu else LOST,
            pool=LOST
            if pilots is None or held is None
            else PoolCounters(pilots / CENTI, frozenset(), memory_bytes=held * MIB),
            memory=LOST if available is None else MemoryReading(self._memory_bytes, available * MIB),
        )
