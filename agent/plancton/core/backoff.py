"""The wait of a kind whose pilots fail, or find no work: twice as long each time, then one probe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plancton.core.memory import Backoff
from plancton.core.observe import Seen
from plancton.core.policy import Kind, Policy
from plancton.model import Pilot

# A pilot that looks for a pool or for work in vain does so for a while. One that is there for twice as
# long has found it. No pilot looks for longer than this: one that ended later had worked before.
LONGEST_PROOF_SECONDS = 1800.0


def again(before: Backoff | None, this: Backoff, first_seconds: float, most_seconds: float) -> Backoff:
    """One more time. Several of one moment count once. `this.retry_at` is when it happened (monotonic)."""
    before, now = before or Backoff(), this.retry_at
    if before.failures and now < before.retry_at:
        return before
    failures = before.failures + 1
    # The exponent is bounded: 2.0**1024 overflows on a host that has failed for a year.
    wait = min(first_seconds * 2.0 ** min(failures - 1, 30), most_seconds)
    lived = max(before.lived_seconds, this.lived_seconds)
    return Backoff(failures, now + wait, this.failed_at_wall, this.why, lived, this.at_the_pool)


def proof_seconds(kind: Kind, backoff: Backoff) -> float:
    """How old a pilot must be to have proven that the wait has no reason any more."""
    return max(kind.fizzle_seconds, min(2.0 * backoff.lived_seconds, LONGEST_PROOF_SECONDS))


def forgive(
    policy: Policy, backoffs: Mapping[str, Backoff], seen: Seen, alive: Sequence[Pilot]
) -> Mapping[str, Backoff]:
    """A pilot that began after its kind's last failure and has lived long enough ends the back-off.

    So does switching the kind off: its failures are nobody's concern until it is started again.
    """
    if not backoffs:
        return backoffs

    def proven(kind: Kind, backoff: Backoff) -> bool:
        return any(
            p.kind == kind.name
            and p.created_at > backoff.failed_at_wall
            and seen.wall - p.created_at >= proof_seconds(kind, backoff)
            for p in alive
        )

    started = [kind for kind in policy.kinds if kind.max_pilots != 0]
    failed = [(kind, backoffs[kind.name]) for kind in started if kind.name in backoffs]
    return {kind.name: backoff for kind, backoff in failed if not proven(kind, backoff)}
