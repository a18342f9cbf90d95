"""The host's CPU counters."""

from __future__ import annotations

import psutil

from plancton.model import CpuCounters, Missing


def read() -> CpuCounters | Missing:
    """Busy and stolen seconds of all cores that are on line, from /proc/stat."""
    try:
        cores = psutil.cpu_times(percpu=True)
    except (OSError, ValueError, IndexError, TypeError) as error:
        return Missing(f"/proc/stat cannot be read: {error}")
    if not cores:
        return Missing("/proc/stat names no core")
    # Guest time is within user time already; waiting for a disk leaves the core free.
    busy = sum(c.user + c.nice + c.system + c.irq + c.softirq for c in cores)
    return CpuCounters(busy, sum(c.steal for c in cores), len(cores))
