"""Who goes first."""

from __future__ import annotations

from collections.abc import Sequence

from plancton.model import Pilot


def victims(pilots: Sequence[Pilot], count: int) -> list[Pilot]:
    """The youngest pilots, at most `count`: they have the least work to lose.

    The id decides between pilots of one moment, so that the order never depends on the listing's.
    """
    by_age = sorted(pilots, key=lambda p: (p.created_at, p.id), reverse=True)
    return by_age[: max(count, 0)]
