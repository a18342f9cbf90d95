"""A program of its own: looks whether the directories that it is given answer. The first may be empty.

Prints what is wrong and ends with 1. It is run by sensors/software.py and may hang for ever, which the agent
must not.
"""

from __future__ import annotations

import os
import sys


def look(path: str, repositories: list[str]) -> str | None:
    """What is wrong, None if nothing is. The first look at a repository may be what mounts it."""
    for place in (path, *repositories):
        try:
            # What the kernel remembers of a directory outlives who serves it; this asks them every time.
            os.statvfs(place)
            with os.scandir(place) as entries:
                filled = next(entries, None) is not None
        except OSError as error:
            return f"{place}: {error.strerror}"
        if not filled and place is not path:
            return f"{place} is empty: it is not mounted"
    return None


if __name__ == "__main__":
    wrong = look(sys.argv[1], sys.argv[2:])
    if wrong is not None:
        print(wrong)
        sys.exit(1)
