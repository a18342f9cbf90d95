"""What is left of the file system with the engine's data: images, containers, logs."""

from __future__ import annotations

import os
from pathlib import Path

from plancton.readings import DiskReading, Missing

NOT_TOLD = Missing("the engine has not told yet where it keeps its data")


def read(root: str | None) -> DiskReading | Missing:
    """Bytes and inodes that an ordinary user could still take. `root` is what the engine says."""
    if root is None:
        return NOT_TOLD
    try:
        found = _statvfs(root)
    except (OSError, ValueError) as error:
        return Missing(f"{root} cannot be looked at: {getattr(error, 'strerror', None) or error}")
    # As df counts: what is kept back for root is neither used nor free.
    total = (found.f_blocks - found.f_bfree + found.f_bavail) * found.f_frsize
    if total <= 0:
        return Missing(f"the file system of {root} does not tell its size")
    inodes = found.f_favail / found.f_files if found.f_files > 0 else 1.0
    return DiskReading(root, total, found.f_bavail * found.f_frsize, min(max(inodes, 0.0), 1.0))


def _statvfs(root: str) -> os.statvfs_result:
    try:
        return os.statvfs(root)
    except PermissionError:
        # With user namespaces the data are a level deeper, in a directory that only root may enter.
        return os.statvfs(Path(root).parent)
