"""Trees of files as the kernel shows cgroups, below a temporary directory."""

from __future__ import annotations

from pathlib import Path

from plancton.cgroup import Hierarchy, Pool

ONE, TWO = "1a" * 32, "2b" * 32


def hierarchy_in(root: Path, version: int) -> Hierarchy:
    """The empty trees. On v1 each controller has one of its own."""
    if version == 2:
        (root / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
        (root / "cgroup.subtree_control").write_text("\n")
        return Hierarchy(True, root, root, root, root)
    for name in ("cpuacct", "cpu", "blkio", "memory"):
        (root / name).mkdir()
    return Hierarchy(False, root / "cpuacct", root / "cpu", root / "blkio", root / "memory")


def pool_in(root: Path, version: int, driver: str = "cgroupfs") -> Pool:
    """A pool whose parent cgroup exists: 2.5 s of CPU, 7000 bytes, ordinary weights."""
    pool = Pool("plancton", driver, hierarchy_in(root, version))
    below = pool.parent.lstrip("/")
    if version == 2:
        write(root / below / "cpu.stat", "usage_usec 2500000\nuser_usec 1\n")
        write(root / below / "cpu.weight", "100\n")
        write(root / below / "io.weight", "default 100\n")
        write(root / below / "memory.stat", "anon 7000\nfile 900000\ninactive_anon 5\n")
    else:
        write(root / "cpuacct" / below / "cpuacct.usage", "2500000000\n")
        write(root / "cpu" / below / "cpu.shares", "1024\n")
        write(root / "blkio" / below / "blkio.bfq.weight", "100\n")
        write(
            root / "memory" / below / "memory.stat",
            "rss 0\ntotal_rss 7000\ntotal_rss_huge 0\n",
        )
    return pool


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def use(pool: Pool, seconds: float, member: str = "") -> None:
    """Set the counter of the pool, or of a member of it."""
    directory = pool.accounting / member if member else pool.accounting
    if pool.hierarchy.unified:
        write(directory / "cpu.stat", f"usage_usec {seconds * 1e6:.0f}\nuser_usec 1\n")
    else:
        write(directory / "cpuacct.usage", f"{seconds * 1e9:.0f}\n")
