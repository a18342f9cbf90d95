"""How fast pilots follow each other that end well and soon.

A pilot that ends with 0 has done its work, however short that was: nothing has failed, and nothing is to
be waited for. But each start and end costs the owner's engine some 0.3 core-seconds outside of the pilots'
weight, and a kind whose pilots end at once would be started for ever. So the shorter pilots are on average,
the further apart they start: not at all from a third of `fizzle_seconds` (10 s) on, and `fizzle_seconds`
apart where they live for no time. Then the kind costs what one pilot would that is just not too short.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from plancton.core.memory import Memory, Pace
from plancton.core.observe import Seen
from plancton.core.policy import Kind, Policy
from plancton.model import Pilot, Start

# A new life counts for an eighth: so some eight that end at once are free, and a few honest ones mend it.
WEIGHT = 1 / 8
# Who lives for this part of the time is not spaced: a job of 20 s is well worth its start.
WORTH_SHARE = 1 / 3
# A kind may call pilots failed that are younger than minutes. What a start costs does not grow with that.
LONGEST_SECONDS = 30.0


def _young(kind: Kind) -> float:
    return min(kind.fizzle_seconds, LONGEST_SECONDS)


def gap_seconds(kind: Kind, pace: Pace) -> float:
    """The least time between two starts."""
    longest = _young(kind)
    lacking = 1.0 - pace.mean_seconds / (WORTH_SHARE * longest) if longest else 0.0
    return longest * max(lacking, 0.0) ** 2


def ended_well(kind: Kind, pace: Pace | None, lifetime: float, now: float, wall: float) -> Pace | None:
    """After one more that ended with 0; None if there is nothing to remember."""
    longest = _young(kind)
    if lifetime >= longest:
        return None
    before = Pace(longest, now - lifetime) if pace is None else pace
    mean = before.mean_seconds + WEIGHT * (lifetime - before.mean_seconds)
    return replace(before, mean_seconds=mean, ended_at_wall=wall)


def still_short(
    policy: Policy, paces: Mapping[str, Pace], seen: Seen, alive: Sequence[Pilot]
) -> Mapping[str, Pace]:
    """Without the kinds of which a pilot has begun since, and lives: what it works at is not short."""
    if not paces:
        return paces

    def lasts(kind: Kind, pace: Pace) -> bool:
        return any(
            p.kind == kind.name
            and p.created_at > pace.ended_at_wall
            and seen.wall - p.created_at >= _young(kind)
            for p in alive
        )

    kept = [kind for kind in policy.kinds if kind.name in paces]
    return {kind.name: paces[kind.name] for kind in kept if not lasts(kind, paces[kind.name])}


def waiting_seconds(policy: Policy, kind: Kind, memory: Memory, now: float) -> float | None:
    """How long until the next start; None for a kind that is not spaced. `now` is monotonic."""
    pace = memory.paces.get(kind.name)
    if pace is None:
        return None
    gap = gap_seconds(kind, pace)
    # Two starts within one tick are the ramp's affair.
    return max(pace.started_at + gap - now, 0.0) if gap > policy.interval_seconds else None


def started(paces: Mapping[str, Pace], starts: Sequence[Start], now: float) -> Mapping[str, Pace]:
    """Remember when the last one of each kind was started."""
    new = {start.kind for start in starts} & set(paces)
    return {**paces, **{kind: replace(paces[kind], started_at=now) for kind in new}} if new else paces
