"""For which jobs pilots may be started, and who has been told so: two hosts are not sent for one job.

Cores and mebibytes stand for a job: one waits for a pilot of a size if it would fit. What else a job requires
is for the negotiator to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

# Cores and mebibytes: what a job requests, or what a slot has.
Size = tuple[int, int]

# Who has not asked again by then has no claim any more.
CLAIM_SECONDS = 30.0
# Agents count a pilot as coming for so long (plancton.model); a slot that is younger is one of these.
YOUNG_SECONDS = 10.0
# Beyond any facility; a stranger who invents names fills no memory.
MOST_ASKERS = 20_000


@dataclass(frozen=True)
class Look:
    """The pool at a moment, by size: idle jobs, slots that wait for one, slots that have only just come."""

    jobs: Mapping[Size, int]
    waiting: Mapping[Size, int] = field(default_factory=dict)
    young: Mapping[Size, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """What one host says of one kind: `coming` pilots are on their way, `most` more could be started."""

    who: str
    size: Size
    coming: int
    most: int


def fits(job: Size, slot: Size) -> bool:
    """Whether a slot is large enough."""
    return job[0] <= slot[0] and job[1] <= slot[1]


def unserved(jobs: Mapping[Size, int], slots: Mapping[Size, int]) -> dict[Size, int]:
    """The jobs that are left when each slot has taken the largest that fits, the smallest slots first."""
    left = dict(jobs)
    for slot in sorted(slots):
        free = slots[slot]
        for job in sorted((job for job in left if fits(job, slot)), reverse=True):
            taken = min(free, left[job])
            left[job] -= taken
            free -= taken
    return left


class Ledger:
    """What hosts were granted and have not used yet. Forgets by itself; losing it costs a few pilots."""

    def __init__(self) -> None:
        self._claims: dict[tuple[str, Size], tuple[float, int]] = {}

    def ask(self, ask: Ask, look: Look, now: float) -> tuple[int, int]:
        """Idle jobs that would fit, and pilots granted. Who asks again speaks for all that it had before."""
        key = (ask.who, ask.size)
        self._claims = {k: claim for k, claim in self._claims.items() if claim[0] > now and k != key}
        coming = Counter({ask.size: ask.coming})
        for (_, size), (_, number) in self._claims.items():
            coming[size] += number
        left = unserved(look.jobs, Counter(look.waiting) + (coming - Counter(look.young)))
        granted = min(ask.most, _fitting(left, ask.size)) if len(self._claims) < MOST_ASKERS else 0
        if ask.coming + granted and len(self._claims) < MOST_ASKERS:
            self._claims[key] = (now + CLAIM_SECONDS, ask.coming + granted)
        return _fitting(look.jobs, ask.size), granted


def _fitting(jobs: Mapping[Size, int], slot: Size) -> int:
    return sum(number for job, number in jobs.items() if fits(job, slot))
