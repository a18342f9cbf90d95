"""Which kinds are started next, in this order, as far as there is room.

The turn is always of the kind that is furthest below its share of the cores in use by pilots. One that
may not have more pilots, or whose next one does not fit any more, is passed over, and the others share
what it leaves in proportion.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plancton.core.kinds import Quota
from plancton.core.policy import Kind, Policy
from plancton.core.room import ROUNDING


@dataclass
class Space:
    """What is left for pilots beside those that there are, by every reckoning."""

    cores: float
    memory_bytes: int

    def takes(self, policy: Policy, kind: Kind) -> int:
        """How many of a kind would fit if all of it were theirs."""
        by_cores = (self.cores + policy.grow_slack_of(kind)) / kind.cpus + ROUNDING
        return max(math.floor(min(by_cores, self.memory_bytes / kind.memory_bytes)), 0)

    def give(self, kind: Kind) -> None:
        """One of them takes its place."""
        self.cores -= kind.cpus
        self.memory_bytes -= kind.memory_bytes


def plan(policy: Policy, found: Sequence[Quota], space: Space) -> tuple[Kind, ...]:
    """The kinds of the pilots to be started, the first one first. Uses the space up."""
    cores = {quota.kind.name: quota.claimed_cores for quota in found}
    left = {quota.kind.name: quota.open for quota in found}
    planned: list[Kind] = []
    turns = [quota.kind for quota in found]
    while turns := [kind for kind in turns if left[kind.name] != 0 and space.takes(policy, kind)]:
        kind = next_turn(turns, cores)
        # Who does not fit now fits no later: nobody is left to take turns with.
        times = space.takes(policy, kind) if len(turns) == 1 else 1
        open_ = left[kind.name]
        if open_ is not None:
            times = min(times, open_)
            left[kind.name] = open_ - times
        planned += [kind] * times
        for _ in range(times):
            space.give(kind)
        cores[kind.name] += times * kind.cpus
    return tuple(planned)


def next_turn(kinds: Iterable[Kind], cores: dict[str, float]) -> Kind:
    """The kind that is furthest below its share, the first named on a tie.

    Half of the pilot in question is counted, as one rounds a number: with shares of 60 and 40 the second
    pilot is of the other kind, with 90 and 10 only the sixth.
    """
    return min(kinds, key=lambda kind: (cores[kind.name] + kind.cpus / 2) / kind.share)


def most_deserving(found: Sequence[Quota], planned: Sequence[Kind]) -> Kind:
    """The kind that would come after the plan: of those that may have more, if there is any."""
    cores = {quota.kind.name: quota.claimed_cores for quota in found}
    count = {quota.kind.name: quota.there for quota in found}
    for kind in planned:
        cores[kind.name] += kind.cpus
        count[kind.name] += 1
    free = [q.kind for q in found if q.most is None or count[q.kind.name] < q.most]
    return next_turn(free or [quota.kind for quota in found], cores)
