"""Windows of the week as people write them: "mon-fri 19:00-07:00", "sat,sun", "22:00-06:00"."""

from __future__ import annotations

import re
from typing import Any

from plancton.config.values import Kind, Unfit, shown
from plancton.core.hours import DAY_MINUTES, DAYS, Hours

CALLED = "days, times or both, such as mon-fri 19:00-07:00"
CLOCK = r"([01]?\d|2[0-4]):([0-5]\d)"
WINDOW = re.compile(rf"(?:([a-z,-]+))?(?:(?:^| ){CLOCK}-{CLOCK})?")


def window() -> Kind:
    """One window of the week."""

    def read(raw: Any) -> Hours:
        parts = WINDOW.fullmatch(raw.lower()) if isinstance(raw, str) and raw else None
        if parts is None:
            raise Unfit(f"must be {CALLED}, not {shown(raw)}")
        days = frozenset(range(len(DAYS))) if parts[1] is None else _days(parts[1], raw)
        if parts[2] is None:
            return Hours(days)
        begin, end = _minute(parts[2], parts[3], raw), _minute(parts[4], parts[5], raw)
        if begin == DAY_MINUTES:
            raise Unfit(f"must begin before 24:00, not {shown(raw)}")
        if begin == end:
            raise Unfit(f"must not end as it begins (days without times are whole days), not {shown(raw)}")
        # A window that ends at 0:00 ends with its day.
        return Hours(days, begin, end or DAY_MINUTES)

    return Kind(read, CALLED, str)


def _days(written: str, raw: object) -> frozenset[int]:
    found: set[int] = set()
    for part in written.split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise Unfit(f"must name days as {', '.join(DAYS)}, not {shown(raw)}")
        begin = DAYS.index(first)
        length = (DAYS.index(last) - begin) % len(DAYS) if dash else 0
        found |= {(begin + n) % len(DAYS) for n in range(length + 1)}
    return frozenset(found)


def _minute(hour: str, minute: str, raw: object) -> int:
    found = int(hour) * 60 + int(minute)
    if found > DAY_MINUTES:
        raise Unfit(f"must not go beyond 24:00, not {shown(raw)}")
    return found
