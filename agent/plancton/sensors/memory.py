"""The memory that could be handed out without swapping."""

from __future__ import annotations

import psutil

from plancton.model import MemoryReading, Missing


def read() -> MemoryReading | Missing:
    """Total and available memory, from /proc/meminfo."""
    try:
        memory = psutil.virtual_memory()
    except (OSError, ValueError, LookupError) as error:
        return Missing(f"/proc/meminfo cannot be read: {error}")
    return MemoryReading(memory.total, memory.available)
