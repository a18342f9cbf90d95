"""Which of the named programs run on the host, outside of pilots."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from plancton.readings import ApplicationsReading, Missing

# The kernel keeps so many bytes of a program's name.
NAME_BYTES = 15
PROC = Path("/proc")
NOT_TOLD = Missing("pilots cannot be told from others before the engine has told its cgroup driver")


def read(names: Iterable[str], pilots: str, proc: Path = PROC) -> ApplicationsReading | Missing:
    """Those that run. `pilots` is the parent cgroup of the pilots, whose processes do not count."""
    if not pilots:
        return NOT_TOLD
    wanted = {os.fsencode(name)[:NAME_BYTES]: name for name in names}
    try:
        # Where /proc hides other users' processes, "not seen" would not mean "not running".
        (proc / "1" / "comm").read_bytes()
        named = [(wanted[comm], number) for comm, number in _processes(proc) if comm in wanted]
    except OSError as error:
        return Missing(f"the processes of others cannot be seen: {error.strerror} ({error.filename})")
    return ApplicationsReading(tuple(sorted({n for n, number in named if _counts(proc, number, pilots)})))


def _processes(proc: Path) -> Iterator[tuple[bytes, str]]:
    """Name and number of each. Plain system calls: there may be thousands."""
    with os.scandir(proc) as entries:
        numbers = [entry.name for entry in entries if entry.name.isdigit()]
    for number in numbers:
        try:
            file = os.open(f"{proc}/{number}/comm", os.O_RDONLY)
        except OSError:
            continue  # it has ended
        try:
            yield os.read(file, NAME_BYTES + 1).rstrip(b"\n"), number
        except OSError:
            continue
        finally:
            os.close(file)


def _counts(proc: Path, number: str, pilots: str) -> bool:
    """Whether it is alive and none of a pilot's."""
    try:
        about = (proc / number / "stat").read_bytes()
        groups = os.fsdecode((proc / number / "cgroup").read_bytes())
    except OSError:
        return False  # it has ended
    if about.rpartition(b")")[2].split()[:1] == [b"Z"]:
        return False
    return not any(pilots.strip("/") in line.split("/") for line in groups.splitlines())
