"""Who goes first, and who goes on first."""

from __future__ import annotations

from collections.abc import Sequence

from plancton.model import Pilot


def by_merit(pilots: Sequence[Pilot]) -> list[Pilot]:
    """The oldest first: they have the most work to lose.

    The id decides between pilots of one moment, so that the order never depends on the listing's.
    """
    return sorted(pilots, key=lambda p: (p.created_at, p.id))


def victims(pilots: Sequence[Pilot], count: int) -> list[Pilot]:
    """The youngest pilots, at most `count`."""
    return by_merit(pilots)[::-1][: max(count, 0)]
