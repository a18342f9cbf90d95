"""The CPU that the pilots have used, all together and one by one, from their parent cgroup."""

from __future__ import annotations

import math
from itertools import islice

from plancton.cgroup import Pool
from plancton.model import Missing, PoolCounters

# The parent's counter is read every tick. Where there are many pilots they take turns, so that each
# is read every five ticks at the latest: their figures serve the accounting only.
MOST_TURNS = 5
AT_ONCE = 4


class PoolSensor:
    """Two system calls a tick, and the counters of a few members."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._turn = 0

    def read(self) -> PoolCounters | Missing:
        """The counters. A parent cgroup that does not exist has used nothing and holds nobody."""
        try:
            members = self._pool.members()
            total = self._pool.cpu_seconds(self._pool.accounting)
        except FileNotFoundError:
            return PoolCounters(0.0, frozenset())
        except (OSError, ValueError) as error:
            return Missing(f"the pilots' cgroup cannot be read: {error}")
        turns = min(math.ceil(len(members) / AT_ONCE), MOST_TURNS) or 1
        self._turn = (self._turn + 1) % turns
        single = {}
        for name in islice(sorted(members), self._turn, None, turns):
            try:
                single[name] = self._pool.cpu_seconds(members[name])
            except (OSError, ValueError):
                continue  # it ended between the two reads
        return PoolCounters(total, frozenset(members), single, self._pool.memory_bytes())

    def read_one(self, pilot_id: str) -> float | None:
        """CPU seconds of one pilot, None when it is gone."""
        try:
            return self._pool.cpu_seconds(self._pool.members()[pilot_id])
        except (OSError, ValueError, KeyError):
            return None
