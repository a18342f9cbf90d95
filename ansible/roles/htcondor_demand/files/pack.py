#!/usr/bin/env python3
"""Pack `plancton demand` into one file that a bare Python runs, always the same: `pack.py SOURCE TARGET`."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

# Before which a zip archive knows no time.
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def pack(source: Path, target: Path) -> None:
    """All of it or nothing: another run may pack at the same time."""
    files = {f"plancton/demand/{path.name}": path.read_bytes() for path in sorted(source.glob("*.py"))}
    files |= {"plancton/__init__.py": b"", "__main__.py": (source / "__main__.py").read_bytes()}
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}")
    with zipfile.ZipFile(unfinished, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content)
    unfinished.chmod(0o644)
    unfinished.replace(target)


if __name__ == "__main__":
    pack(*map(Path, sys.argv[1:]))
