"""The owner's work as a measure: a fixed amount of computing on every core, and how long it takes."""

from __future__ import annotations

import subprocess
import sys
import time

# About three seconds on one core of 2020: long enough that starting Python does not count.
WORK = "n = 0\nfor i in range(60_000_000): n += i"


def seconds_for(processes: int) -> float:
    """Wall time until that many processes have done the work."""
    began = time.monotonic()
    running = [subprocess.Popen([sys.executable, "-c", WORK]) for _ in range(processes)]
    for process in running:
        process.wait()
    return time.monotonic() - began
