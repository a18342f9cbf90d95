"""Looks at the sensors once an interval and writes down what they say. Touches nothing."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from plancton.alarm import Alarm
from plancton.model import CpuCounters, MemoryReading, Missing
from plancton.recording.writing import Reading, Writer

GZIP = 31
# So much is lost at most when the host is switched off. More often would cost space: what is packed
# for itself is packed worse.
FLUSH_SECONDS = 60.0


class CannotRecord(Exception):
    """The recording cannot be begun or went wrong. The message is one sentence."""


class _File:
    """A new gzipped file that can be read as far as it is, at any time."""

    def __init__(self, path: Path) -> None:
        # Never over an older recording; and who works when on this host is not everybody's business.
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb")
        self._pack = zlib.compressobj(9, zlib.DEFLATED, GZIP)

    def write(self, text: str) -> None:
        self._file.write(self._pack.compress(text.encode("ascii")))

    def flush(self) -> None:
        self._file.write(self._pack.flush(zlib.Z_SYNC_FLUSH))
        self._file.flush()

    def __enter__(self) -> _File:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            self._file.write(self._pack.flush(zlib.Z_FINISH))


def record(
    path: Path,
    read: Callable[[], Reading],
    interval_seconds: float,
    alarm: Alarm,
    seconds: float | None = None,
) -> int:
    """Write readings until the alarm rings or so many seconds have passed. How many those were.

    Raises CannotRecord.
    """
    first = read()
    if not isinstance(first.cpu, CpuCounters) or not isinstance(first.memory, MemoryReading):
        blind = first.cpu if isinstance(first.cpu, Missing) else first.memory
        raise CannotRecord(blind.why if isinstance(blind, Missing) else "")
    writer = Writer(interval_seconds, first.cpu.cores, first.memory.total_bytes)
    count, due, began = 1, first.at, first.at
    flushed = began
    try:
        with _File(path) as file:
            file.write(writer.header(time.time()) + writer.line(first))
            while seconds is None or due + interval_seconds - began <= seconds:
                # A reading that is late (the host slept) is not made up for.
                due = max(due + interval_seconds, time.monotonic() - interval_seconds)
                if alarm.wait(max(due - time.monotonic(), 0.0)):
                    break
                reading = read()
                file.write(writer.line(reading))
                count += 1
                if reading.at - flushed >= FLUSH_SECONDS:
                    file.flush()
                    flushed = reading.at
    except FileExistsError:
        raise CannotRecord(f"{path}: is there already, and a recording is never written over") from None
    except OSError as error:
        raise CannotRecord(f"{path}: cannot be written: {error.strerror}") from None
    return count
