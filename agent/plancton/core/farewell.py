"""An owner who drains the host lets pilots finish. Those that can hear it are told to take no new work."""

from __future__ import annotations

import math
from collections.abc import Collection

from plancton.core.memory import Memory
from plancton.core.observe import Pilots, Seen
from plancton.core.policy import Policy
from plancton.model import Tell, WishKind, key

# An engine that would not tell a pilot is asked again after this time.
TELL_AGAIN_SECONDS = 30.0


def tells(policy: Policy, memory: Memory, seen: Seen, pilots: Pilots, leaving: Collection[str]) -> list[Tell]:
    """Who is told now: each running pilot once. `leaving` are the ids of those that have to go anyway.

    A wish that cannot be understood counts as a drain, and was said by nobody: it has no time, and no
    pilot gives up its place in the queue for it. A frozen pilot hears it when it goes on.
    """
    if seen.wish.now(seen.wall) is not WishKind.DRAIN or not seen.wish.at:
        return []
    found = []
    for pilot in pilots.running:
        signal = policy.kind_of(pilot.kind).drain_signal
        due = memory.told.get(pilot.id, -math.inf) <= seen.monotonic
        if signal is not None and due and pilot.id not in leaving:
            found.append(Tell(pilot, signal))
    return [tell for tell in found if key(tell) not in memory.in_flight]
