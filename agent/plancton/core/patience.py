"""How long room must have lasted before pilots use it again: longer, the sooner the owner has come back.

A wait of a fixed length either flaps with an owner who works in bursts or wastes the host of one who
does not. So it doubles each time that the owner comes back soon after pilots were let in, and starts over
when they were left in peace.
"""

from __future__ import annotations

from dataclasses import replace

from plancton.core.memory import Restless
from plancton.core.policy import Policy

# Back within so many times the wait is soon: the wait was too short to tell a pause from an end.
SOON_WAITS = 4.0


def thaw_seconds(policy: Policy, restless: Restless) -> float:
    """The wait of frozen pilots that holds now."""
    # The exponent is bounded: 2.0**1024 overflows.
    longer = policy.thaw_after_seconds * 2.0 ** min(restless.times, 30)
    return max(min(longer, policy.thaw_most_seconds), policy.thaw_after_seconds)


def calm_seconds(policy: Policy, restless: Restless) -> float:
    """The wait before pilots are started: while the owner keeps coming no shorter than the other."""
    return max(policy.calm_seconds, thaw_seconds(policy, restless) if restless.times else 0.0)


def disturbed(policy: Policy, restless: Restless, now: float) -> Restless:
    """The owner has come back. Again and again while nobody was let in counts once."""
    if restless.let_in_at is None:
        return restless
    soon = now - restless.let_in_at < SOON_WAITS * thaw_seconds(policy, restless)
    return Restless(times=restless.times + 1 if soon else 0)


def let_in(restless: Restless, now: float) -> Restless:
    """Pilots were thawed or started."""
    return replace(restless, let_in_at=now)
