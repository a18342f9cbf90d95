"""How much others than the pilots wait, from the kernel's pressure stall information (PSI).

The host's own figure counts the pilots' waiting, too, and pilots wait all day: they have the lowest
weight. On cgroup v2 each group has a figure of its own, and what counts is the worst of the groups beside
the pilots'. On v1 there is only the host's: there the CPU's says nothing, and the others are the host's.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from plancton.cgroup import Hierarchy
from plancton.readings import Missing, PressureReading

RESOURCES = ("cpu", "memory", "io")
# Built in and switched off (psi=0, the default of some distributions): the file is there and says so.
SWITCHED_OFF = {errno.EOPNOTSUPP, errno.ENODEV}
# systemd used to have a group for each mount. They hold no process.
EMPTY_GROUPS = ".mount"
NOT_TOLD = Missing("pilots cannot be told from others before the engine has told its cgroup driver")


def read(
    hierarchy: Hierarchy | None, parent: str, host: Path = Path("/proc/pressure")
) -> PressureReading | Missing | None:
    """The share of the last ten seconds in which at least one waited. None on a kernel without PSI."""
    if hierarchy is None:
        return NOT_TOLD
    try:
        if hierarchy.unified:
            groups = _groups(hierarchy.accounting, parent.strip("/"))
            shares = {r: _worst([g / f"{r}.pressure" for g in groups]) for r in RESOURCES}
        else:
            shares = {r: _worst([host / r]) for r in RESOURCES if r != "cpu"}
    except (OSError, ValueError) as error:
        return Missing(f"the pressure cannot be read: {error}")
    return PressureReading(**shares) if any(s is not None for s in shares.values()) else None


def _groups(root: Path, pilots: str) -> list[Path]:
    with os.scandir(root) as entries:
        names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    return [root / name for name in sorted(names) if name != pilots and not name.endswith(EMPTY_GROUPS)]


def _worst(files: list[Path]) -> float | None:
    """The highest of the shares, None where no file tells one. Raises OSError, ValueError."""
    return max((share for share in map(_some, files) if share is not None), default=None)


def _some(file: Path) -> float | None:
    """As 0 to 1. `some avg10=1.70 avg60=…` is the first line, in percent."""
    try:
        first = file.read_bytes().split(b"\n", 1)[0].split(b" ")
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in SWITCHED_OFF:
            return None
        raise
    if first[0] != b"some" or len(first) < len((b"some", b"avg10")):
        raise ValueError(f"{file} does not begin with `some`")
    return min(max(float(first[1].removeprefix(b"avg10=")) / 100.0, 0.0), 1.0)
