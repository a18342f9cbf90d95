"""Whether what is mounted later below a directory reaches pilots that have it: the kernel's propagation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")


@dataclass(frozen=True)
class Point:
    """A mount: where it is, and whether it passes on what is mounted below it."""

    path: str
    passes_on: bool


def points(lines: Iterable[str]) -> list[Point]:
    """The mounts in the order in which they were made, as /proc/PID/mountinfo tells them."""
    found = []
    for line in lines:
        fields = line.split()
        # Of the optional fields before the dash, any number may be there.
        optional = fields[6 : fields.index("-", 6)]
        passes_on = any(field.startswith(("shared:", "master:")) for field in optional)
        found.append(Point(_unescaped(fields[4]), passes_on))
    return found


def point_of(path: str, mounts: Iterable[Point]) -> Point | None:
    """The mount on which a directory lies: the latest of the deepest. Touches no file system."""
    holding = [m for m in mounts if m.path == "/" or f"{path}/".startswith(f"{m.path}/")]
    return max(reversed(holding), key=lambda m: len(m.path), default=None)


def why_not_passed_on(path: str, mounts: Iterable[Point]) -> tuple[str, str] | None:
    """What is wrong and the command that mends it; None if a pilot will see what is mounted below later."""
    point = point_of(path.rstrip("/") or "/", mounts)
    if point is None or point.passes_on:
        return None
    said = f"{path} lies on {point.path}, which is not shared: pilots do not see what is mounted later"
    return said, f"mount --make-rshared {point.path}"


def _unescaped(word: str) -> str:
    """Blanks and backslashes come as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), word)
