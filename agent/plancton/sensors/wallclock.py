"""What the clock on the host's wall says."""

from __future__ import annotations

import time

from plancton.readings import LocalTime, Missing


def read(wall: float) -> LocalTime | Missing:
    """Weekday and minute in the host's time zone, summer time included."""
    try:
        # The zone may be changed under a running agent; the library looks for that only when told to.
        time.tzset()
        local = time.localtime(wall)
    except (OverflowError, OSError, ValueError) as error:
        return Missing(f"the local time cannot be told: {error}")
    return LocalTime(local.tm_wday, local.tm_hour * 60 + local.tm_min)
