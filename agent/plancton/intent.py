"""The owner's wish: one small file that survives a reboot.

It is written by the command line, also while no agent runs, and read by the agent. Its directory
is writable for the group `plancton` only. Who wished is the file's owner, which nobody can feign.
"""

from __future__ import annotations

import json
import os
import pwd
import stat
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from plancton.model import Wish, WishKind

FILE_NAME = "intent.json"
LARGEST_FILE_BYTES = 4096
LATEST_MOMENT = 1e11
LONGEST_REASON = 200


def path_in(state_directory: str) -> Path:
    """Where the wish is kept."""
    return Path(state_directory) / FILE_NAME


def write(path: Path, wish: Wish) -> None:
    """Put the wish in place, whole or not at all. Raises OSError."""
    content = {
        "kind": wish.kind.value,
        "until": wish.until,
        "release_before": wish.release_before,
        "at": wish.at,
        "deadline": wish.deadline,
        "reason": wish.reason,
        "for_operator": wish.for_operator,
    }
    handle, name = tempfile.mkstemp(prefix=".intent-", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(content, file)
            # Not for the group: a member who writes here would wish in the owner's name. Each replaces
            # the file by one of his own, which the directory allows him.
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def read(path: Path) -> Wish:
    """The wish in force; no file is the wish to run.

    A file that cannot be understood is taken as a drain: in doubt nothing grows.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return Wish()
    except OSError as error:
        return Wish(WishKind.DRAIN, by=f"an unreadable file {path}: {error.strerror}")
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):
        os.close(handle)
        return Wish(WishKind.DRAIN, by=f"{path}, which is not a file")
    with os.fdopen(handle, "rb") as file:
        try:
            return replace(_parse(json.loads(file.read(LARGEST_FILE_BYTES))), by=_name_of(about.st_uid))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return Wish(WishKind.DRAIN, by=f"{path}, which cannot be understood")


def _parse(content: dict[str, Any]) -> Wish:
    # The file of an agent that knew no deadline, or no reason, holds as well.
    until, deadline = content["until"], content.get("deadline")
    return Wish(
        kind=WishKind(content["kind"]),
        until=None if until is None else _moment(until),
        release_before=_moment(content["release_before"]),
        at=_moment(content["at"]),
        deadline=None if deadline is None else _moment(deadline),
        reason=_told(content.get("reason", "")),
        for_operator=content.get("for_operator", False) is True,
    )


def _moment(raw: Any) -> float:
    """A Unix time that a calendar can show."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= LATEST_MOMENT:
        raise ValueError(raw)
    return float(raw)


def is_reason(text: str) -> bool:
    """Whether it can be kept and shown: one short line that a terminal can print."""
    return len(text) <= LONGEST_REASON and text.isprintable()


def _told(raw: Any) -> str:
    if not isinstance(raw, str) or not is_reason(raw):
        raise ValueError(raw)
    return raw


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


class IntentSensor:
    """Reads the file again only when it has changed: one stat a tick."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark: tuple[int, int, int] | None = None
        self._wish = Wish()

    def read(self) -> Wish:
        """The wish in force."""
        try:
            about = self._path.lstat()
            mark = (about.st_ino, about.st_mtime_ns, about.st_size)
        except OSError:
            mark = None
        if mark != self._mark or mark is None:
            self._mark = mark
            self._wish = read(self._path)
        return self._wish
