"""Whether there is work: a kind whose pool says that its queue is empty starts no pilot, beyond one probe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from plancton.core.kinds import Quota
from plancton.core.memory import Backoff, Memory
from plancton.core.observe import Seen
from plancton.model import DemandReading, Missing, Start

# No answer is used for longer: three times ten seconds, and some for the answer itself.
REMEMBERED_SECONDS = 60.0


def heed(quota: Quota, memory: Memory, seen: Seen) -> Quota:
    """The quota of a kind whose demand is asked for; as it is where the demand is not known.

    No pilot goes, and no start under way is taken back: work that another has taken was there.
    """
    name = quota.kind.name
    if name not in seen.demand:
        return quota
    reading = seen.demand[name]
    if isinstance(reading, Missing):
        return quota
    more, told = _open(quota, reading, memory, seen)
    most = quota.there + quota.unknown + more
    return replace(
        quota,
        most=most if quota.most is None else min(quota.most, most),
        because="; ".join(filter(None, (quota.because, told))),
        demand=True,
    )


def _open(quota: Quota, reading: DemandReading | None, memory: Memory, seen: Seen) -> tuple[int, str]:
    """How many more may be started, and why."""
    if reading is None:
        return 0, "its pool has not said yet whether jobs wait"
    starts = memory.last_starts.get(quota.kind.name, ())
    if reading.idle:
        more = max(reading.granted - sum(at > reading.asked_at for at in starts), 0)
        return more, f"{reading.idle} jobs wait, {more} more pilots are for them"
    if quota.there or quota.unknown:
        return 0, "no job waits"
    due = starts[-1] + (quota.kind.demand_probe_seconds or 0.0) if starts else seen.monotonic
    if due > seen.monotonic:
        return 0, f"no job waits; next probe in {due - seen.monotonic:.0f} s"
    return 1, "no job waits; one probe"


def expected(no_work: Mapping[str, Backoff], seen: Seen) -> Mapping[str, Backoff]:
    """The waits for work, without those of queues that are known to be empty: it goes on when jobs come."""
    empty = {k for k, found in seen.demand.items() if isinstance(found, DemandReading) and not found.idle}
    return {k: wait for k, wait in no_work.items() if k not in empty} if empty & set(no_work) else no_work


def started(
    last: Mapping[str, tuple[float, ...]], seen: Seen, starts: Sequence[Start]
) -> Mapping[str, tuple[float, ...]]:
    """When pilots of kinds whose demand is asked for were started, as far as an answer may be older."""
    now, found = seen.monotonic, dict(last)
    for start in starts:
        if start.kind in seen.demand:
            recent = [at for at in found.get(start.kind, ()) if now - at < REMEMBERED_SECONDS]
            found[start.kind] = (*recent, now)
    return found
