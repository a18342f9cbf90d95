"""The last decisions in a file: a line of JSON for each, the newest last.

The first line tells what the file is. Lines are only ever added at its end; one with the same `at` as
the line before takes that one's place, since the decision goes on. A file that has grown too long is
written anew, whole or not at all. A crash can thus cut the last line off and do no other harm.

The directory is open to the group `plancton`: what is found there may be anything.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from plancton.history import KEPT, Entry, told
from plancton.intent import LATEST_MOMENT

FILE_NAME = "history.jsonl"
# One for each: however often a file is found to be bad, or an agent crashes, it does not pile up.
ASIDE_SUFFIX = ".bad"
DRAFT_SUFFIX = ".new"
HEADER = b'{"format": "plancton-history", "version": 1}\n'
MODE = 0o640
# An entry is 200 bytes; with the longest sentence 12,200, since one character may take twelve.
LONGEST_LINE_BYTES = 16 * 1024
# Grown to this, or to twice what it holds, the file is written anew: about once in 4,000 lines.
LARGEST_BYTES = 1024**2
# Far above anything that was written by an agent.
MOST_READ_BYTES = 64 * 1024**2
LARGEST_NUMBER = 10**9

T = TypeVar("T")
CAREFULLY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Found:
    """What a file holds up to the first line that is no entry, and what is wrong with that line.

    A last line that was cut off is no fault: the agent was killed while it wrote.
    """

    entries: tuple[Entry, ...] = ()
    fault: str | None = None


def path_in(state_directory: str) -> Path:
    """Where the history is kept."""
    return Path(state_directory) / FILE_NAME


def load(path: Path) -> Found:
    """The entries, the newest last. Never raises; a file that is not there holds none."""
    try:
        handle = os.open(path, os.O_RDONLY | CAREFULLY)
    except FileNotFoundError:
        return Found()
    except OSError as error:
        return Found(fault=f"cannot be read: {error.strerror}")
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return Found(fault="is not a file")
        return decode(file)


def decode(file: IO[bytes]) -> Found:
    """As `load`, from an open file."""
    entries: deque[Entry] = deque(maxlen=KEPT)
    lines = _lines(file)
    try:
        header = next(lines, HEADER)
        if header != HEADER:
            cut_off = HEADER.startswith(header)
            return Found() if cut_off else Found(fault="does not begin as a history does")
        for number, line in enumerate(lines, 2):
            if not line.endswith(b"\n") and len(line) <= LONGEST_LINE_BYTES:
                break
            try:
                entry = _entry(line)
            except (ValueError, TypeError, KeyError, RecursionError):
                return Found(tuple(entries), f"is damaged in line {number}")
            if entries and entries[-1].at == entry.at:
                entries.pop()
            entries.append(entry)
    except OSError as error:
        return Found(tuple(entries), f"cannot be read to its end: {error.strerror}")
    return Found(tuple(entries))


class HistoryFile:
    """Written by one agent. It adds to nothing but what it has written itself."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.aside = path.with_name(path.name + ASIDE_SUFFIX)
        self._left: tuple[int, int, int] | None = None
        self._most = 0

    def load(self) -> Found:
        """What an agent before this one has left."""
        return load(self.path)

    def set_aside(self) -> None:
        """Give the file another name, for somebody to look into; one that had that name before is lost."""
        with suppress(OSError):
            self.path.replace(self.aside)

    def append(self, entries: Sequence[Entry]) -> bool:
        """Add lines. False where the file must be written anew first. Raises OSError."""
        data = b"".join(_line(entry) for entry in entries)
        if self._left is None or self._left[2] + len(data) > self._most:
            return False
        left, self._left = self._left, None
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | CAREFULLY)
        except (FileNotFoundError, NotADirectoryError):
            return False
        try:
            if _identity(handle) != left:
                return False
            _write(handle, data)
            self._left = _identity(handle)
        finally:
            os.close(handle)
        return True

    def rewrite(self, entries: Iterable[Entry]) -> None:
        """Replace the file by one with these entries, whole or not at all. Raises OSError."""
        self._left = None
        data = HEADER + b"".join(_line(entry) for entry in entries)
        draft = self.path.with_name(f".{self.path.name}{DRAFT_SUFFIX}")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | CAREFULLY, MODE)
        try:
            try:
                os.fchmod(handle, MODE)
                _write(handle, data)
                # Else a host that loses its power may be left with a name and nothing in it.
                os.fsync(handle)
                identity = _identity(handle)
            finally:
                os.close(handle)
            draft.replace(self.path)
        except OSError:
            with suppress(OSError):
                draft.unlink()
            raise
        self._left = identity
        self._most = max(LARGEST_BYTES, 2 * len(data))


def _identity(handle: int) -> tuple[int, int, int]:
    """Of an open file: which it is, and how much is in it."""
    about = os.fstat(handle)
    return about.st_dev, about.st_ino, about.st_size


def _write(handle: int, data: bytes) -> None:
    if os.write(handle, data) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _line(entry: Entry) -> bytes:
    return json.dumps(vars(entry)).encode("ascii") + b"\n"


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines, never more of one than can be an entry. Raises OSError."""
    left = MOST_READ_BYTES
    while left > 0 and (line := file.readline(LONGEST_LINE_BYTES + 1)):
        left -= len(line)
        yield line


def _entry(line: bytes) -> Entry:
    """Raises ValueError, TypeError, KeyError, RecursionError."""
    found: dict[str, Any] = json.loads(line.decode("ascii"))
    target = found["target"]
    return Entry(
        at=_moment(found["at"]),
        until=_moment(found["until"]),
        sentence=told(_of(str, found["sentence"])),
        limit=None if found["limit"] is None else sys.intern(_of(str, found["limit"])),
        target=None if target is None else _count(target),
        running=_count(found["running"]),
        frozen=_count(found["frozen"]),
        acted=_of(bool, found["acted"]),
    )


def _of(kind: type[T], value: Any) -> T:
    # A truth value is a number to Python, and none here.
    if type(value) is not kind:
        raise TypeError(value)
    found: T = value
    return found


def _count(value: Any) -> int:
    count = _of(int, value)
    if not 0 <= count <= LARGEST_NUMBER:
        raise ValueError(value)
    return count


def _moment(value: Any) -> float:
    """A Unix time that a calendar can show."""
    if type(value) not in {int, float} or not 0 <= value <= LATEST_MOMENT:
        raise ValueError(value)
    return float(value)
