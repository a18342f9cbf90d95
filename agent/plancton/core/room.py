"""How many pilots fit into a room, where they are not all of one size.

Pilots are counted one after the other until the next one does not fit. The order is that of merit, so
that a limit stays a number: of those that are there it means the first ones, and who is counted last is
the first to go.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from plancton.core.observe import Pilots
from plancton.core.policy import Kind, Policy
from plancton.core.rank import by_merit
from plancton.model import Pilot, Start

# Cores are added up as floats: eight tenths are not quite 0.8.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Line:
    """The kinds of pilots in the order in which they are counted.

    `using` begins with those that use CPU, the oldest first, then come the frozen: so a pilot that is
    thawed takes from none that runs. `kept` are the same pilots with starts under way at the end. Behind
    either of them come those that would be `planned`, and then more and more of the kind `next`.
    """

    using: tuple[Kind, ...]
    kept: tuple[Kind, ...]
    next: Kind
    planned: tuple[Kind, ...] = ()


def using_line(policy: Policy, pilots: Pilots) -> tuple[Kind, ...]:
    """Those that cannot be acted on now stand where no choice of others can go wrong over them."""
    oldest = by_merit(pilots.running), by_merit(pilots.frozen)
    return _kinds(policy, (*pilots.thawing, *oldest[0], *pilots.starting, *oldest[1], *pilots.freezing))


def kept_line(policy: Policy, pilots: Pilots) -> tuple[Kind, ...]:
    """All that are not on their way out, those that can still be taken back at the end."""
    return _kinds(policy, (*pilots.standing, *pilots.starting))


def going_first(policy: Policy, pilots: Pilots) -> tuple[Kind, ...]:
    """In the order in which pilots are ended where memory is short: starts are taken back before."""
    youngest = by_merit(pilots.stopping)[::-1], by_merit(pilots.alive)[::-1]
    busy = (*pilots.freezing, *pilots.thawing)
    return _kinds(policy, (*pilots.starting[::-1], *youngest[0], *youngest[1], *busy))


def _kinds(policy: Policy, there: Iterable[Pilot | Start]) -> tuple[Kind, ...]:
    return tuple(policy.kind_of(one.kind) for one in there)


def cores_for(policy: Policy, capacity: float, owner: float) -> float:
    """What the owner and the reserve leave."""
    return capacity - policy.reserve_of(capacity) - owner


def fit_to_grow(policy: Policy, line: Line, room: float) -> int:
    """Pilots that there may be in a room of so many cores for others to join them."""
    return _fit(room, (*line.kept, *line.planned), line.next, _cpus, policy.grow_slack_of)


def fit_to_stay(policy: Policy, line: Line, room: float) -> int:
    """Pilots that need not go from a room of so many cores."""
    return _fit(room, (*line.using, *line.planned), line.next, _cpus, policy.release_slack_of)


def fit_in_memory(line: Line, room_bytes: int) -> int:
    """Pilots that may use all their memory at once."""
    return _fit(room_bytes, (*line.kept, *line.planned), line.next, _bytes, lambda _: 0.0)


def _fit(
    room: float,
    counted: Sequence[Kind],
    then: Kind,
    size: Callable[[Kind], float],
    slack: Callable[[Kind], float],
) -> int:
    """The last one that fits may be squeezed by its slack.

    A slack is less than a pilot, so that none fits behind one that does not.
    """
    used = 0.0
    for count, kind in enumerate(counted):
        used += size(kind)
        if used > room and used > room + slack(kind) + ROUNDING:
            return count
    more = math.floor((room + slack(then) - used) / size(then) + ROUNDING)
    return len(counted) + max(more, 0)


def _cpus(kind: Kind) -> float:
    return kind.cpus


def _bytes(kind: Kind) -> float:
    return kind.memory_bytes
