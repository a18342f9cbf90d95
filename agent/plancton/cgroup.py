"""The pilots' parent cgroup: where it is, how much it has used, and that it weighs least.

All pilots live below one cgroup, because only there the weight works: with a low weight on each
container their common parent still competes with the owner as an equal (measured: an owner's
program took 2.27 times as long; with the weight on the parent 1.03).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plancton.model import Missing

MOUNTS = Path("/proc/self/mounts")
# Device, mount point, kind, options: what a line of that table has to have for us.
FIELDS = 4


@dataclass(frozen=True)
class Hierarchy:
    """Where the kernel shows CPU accounting and CPU weights. `unified` is cgroup v2."""

    unified: bool
    accounting: Path
    cpu: Path
    io: Path | None = None
    memory: Path | None = None


class NoHierarchy(Exception):
    """The kernel shows no CPU controller that could be used."""


def find_hierarchy(mounts: str) -> Hierarchy:
    """Read the table of mounts (as /proc/self/mounts). Raises NoHierarchy."""
    v1: dict[str, Path] = {}
    v2: Path | None = None
    # Only the kernel's own line ends count: any user may mount something whose name has another kind.
    for line in mounts.split("\n"):
        fields = line.split(" ")
        if len(fields) < FIELDS:
            continue
        where, kind, options = Path(_unescaped(fields[1])), fields[2], fields[3]
        if kind == "cgroup":
            for option in options.split(","):
                # Bind mounts into chroots and containers come later in the table.
                v1.setdefault(option, where)
        elif kind == "cgroup2" and v2 is None:
            v2 = where
    # A hybrid host mounts both, and its v2 tree has no CPU controller: v1 is then the real one.
    if "cpuacct" in v1 and "cpu" in v1:
        return Hierarchy(False, v1["cpuacct"], v1["cpu"], v1.get("blkio"), v1.get("memory"))
    if v2 is not None:
        return Hierarchy(True, v2, v2, v2, v2)
    raise NoHierarchy("no cgroup hierarchy with CPU accounting is mounted")


def hierarchy_here() -> Hierarchy:
    """That of this host. Raises OSError, NoHierarchy."""
    # Names of files are bytes: those that are no UTF-8 must not hide the others.
    return find_hierarchy(os.fsdecode(MOUNTS.read_bytes()))


def _unescaped(field: str) -> str:
    """The kernel writes blanks, line ends and backslashes of a name as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)


@dataclass(frozen=True)
class Pool:
    """The pilots' parent cgroup. `driver` is the engine's cgroup driver: systemd or cgroupfs."""

    name: str
    driver: str
    hierarchy: Hierarchy

    @property
    def parent(self) -> str:
        """What Docker is told as --cgroup-parent."""
        return f"{self.name}.slice" if self.driver == "systemd" else f"/{self.name}"

    @property
    def accounting(self) -> Path:
        """The directory with the CPU counter."""
        return self.hierarchy.accounting / self.parent.lstrip("/")

    @property
    def cpu(self) -> Path:
        """The directory with the CPU weight."""
        return self.hierarchy.cpu / self.parent.lstrip("/")

    def cpu_seconds(self, directory: str | Path) -> float:
        """Cumulative CPU seconds of a cgroup and all below it. Raises OSError, ValueError."""
        if not self.hierarchy.unified:
            return int(_content(f"{directory}/cpuacct.usage")) / 1e9
        first = _content(f"{directory}/cpu.stat").split(b"\n", 1)[0]
        return int(first.removeprefix(b"usage_usec ")) / 1e6

    def memory_bytes(self) -> int:
        """What all pilots together hold without page cache; 0 where the kernel does not tell."""
        if self.hierarchy.memory is None:
            return 0
        field = b"anon " if self.hierarchy.unified else b"total_rss "
        try:
            table = (self.hierarchy.memory / self.parent.lstrip("/") / "memory.stat").read_bytes()
            return int(table.partition(field)[2].split(b"\n", 1)[0] or 0)
        except (OSError, ValueError):
            return 0

    def members(self) -> dict[str, str]:
        """The containers below it: id → directory. Raises OSError."""
        # Plain strings: done every second, and a Path for each of many pilots would be most of its cost.
        with os.scandir(self.accounting) as entries:
            found = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
        named = {e.name.removeprefix("docker-").removesuffix(".scope"): e.path for e in found}
        return {name: path for name, path in named.items() if len(name) == CONTAINER_ID_LENGTH}


def _content(path: str) -> bytes:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, FIRST_BYTES)
    finally:
        os.close(file)


CONTAINER_ID_LENGTH = 64
# The counters stand at the beginning of their files.
FIRST_BYTES = 4096
READABLE = 0o755


def _weight(pool: Pool) -> Path:
    """Not there where the kernel has no CPU controller, or version 2 hands none down."""
    return pool.cpu / ("cpu.weight" if pool.hierarchy.unified else "cpu.shares")


def weights(pool: Pool) -> Iterator[tuple[Path, str]]:
    """The files that give the pool the lowest weight, in the order of writing; some may not exist."""
    if pool.hierarchy.unified:
        yield _weight(pool), "1"
        yield pool.cpu / "io.weight", "default 1"
    else:
        yield _weight(pool), "2"
        if pool.hierarchy.io is not None:
            yield pool.hierarchy.io / pool.parent.lstrip("/") / "blkio.bfq.weight", "1"
    # SCHED_IDLE for the whole group: stronger than the least weight, in kernels from 5.15 on.
    yield pool.cpu / "cpu.idle", "1"


def is_lowest(pool: Pool) -> bool:
    """Whether the pool has the least CPU weight that this kernel offers. Raises OSError."""
    idle = pool.cpu / "cpu.idle"
    if idle.exists():
        return idle.read_text().strip() == "1"
    return _weight(pool).read_text().strip() == ("1" if pool.hierarchy.unified else "2")


def has_weight(pool: Pool) -> bool:
    """Whether this kernel has a weight for the pool; True as long as the pool is not there."""
    return _weight(pool).exists() or not pool.cpu.is_dir()


def why_not_lowest(pool: Pool) -> Missing | None:
    """None where pilots give way to everything else, or will as soon as there are any."""
    try:
        lowest = is_lowest(pool)
    except FileNotFoundError:
        if not has_weight(pool):
            return Missing(f"this host's kernel offers no CPU weights: there is no {_weight(pool)}")
        if pool.driver == "systemd":
            return None  # systemd makes the slice, as its unit says, with the first pilot
        return Missing(f"{pool.cpu} is not there; `plancton prepare-host` as root makes it")
    except OSError as error:
        return Missing(f"the weight of {pool.cpu} cannot be read: {error.strerror}")
    return None if lowest else Missing(f"{pool.cpu} has not the lowest CPU weight; see `plancton doctor`")


def lower(pool: Pool) -> None:
    """Write the weights where they are not in force. Raises OSError where that is not permitted.

    A kernel without CPU weights is no error: `why_not_lowest` tells, and opportunistic hosts start nothing.
    """
    if not has_weight(pool) or is_lowest(pool):
        return
    for path, value in weights(pool):
        if path.exists():
            path.write_text(value)


def make_ordinary(pool: Pool) -> None:
    """Let the pilots compete as everybody does; see `boost`. Raises OSError where that is not permitted."""
    idle, weight = pool.cpu / "cpu.idle", _weight(pool)
    if idle.exists():
        idle.write_text("0")  # an idle group takes no weight
    if weight.exists():
        weight.write_text("100" if pool.hierarchy.unified else "1024")


def create(pool: Pool, owner: tuple[int, int] | None) -> None:
    """Make the parent cgroup, and give it the lowest weight. systemd makes its slices itself.

    `owner` (uid, gid) may write the weights afterwards: an engine may reset them, and pilots that give
    way need another. Raises OSError.
    """
    if pool.driver != "systemd":
        _make(pool)
    if pool.cpu.is_dir():
        lower(pool)
    if owner is not None:
        for path, _ in weights(pool):
            if path.exists():
                os.chown(path, *owner)


def _make(pool: Pool) -> None:
    roots = {pool.hierarchy.accounting, pool.hierarchy.cpu}
    if pool.hierarchy.io is not None:
        roots.add(pool.hierarchy.io)
    for root in roots:
        if pool.hierarchy.unified:
            _enable_controllers(root)
        directory = root / pool.name
        directory.mkdir(exist_ok=True)
        if stat.S_IMODE(directory.stat().st_mode) != READABLE:
            directory.chmod(READABLE)  # whatever the umask of the service


def _enable_controllers(root: Path) -> None:
    """A v2 cgroup has only the controllers that its parent hands down."""
    offered = (root / "cgroup.controllers").read_text().split()
    handed_down = (root / "cgroup.subtree_control").read_text().split()
    for controller in ("cpu", "io", "memory", "pids"):
        if controller in offered and controller not in handed_down:
            (root / "cgroup.subtree_control").write_text(f"+{controller}")
