"""Who gives way, and on which rung: kernel priority is always on, then freeze, stop, kill.

Every function takes the pilots that are still there and gives those that go, youngest first and never
more than needed. A later function never sees what an earlier one took.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from plancton.core.limits import UNLIMITED, Limit, Rung
from plancton.core.memory import Memory
from plancton.core.observe import Pilots, Seen
from plancton.core.policy import Policy
from plancton.core.rank import victims
from plancton.model import Freeze, Kill, Pilot, Reason, Stop

GivingWay = Freeze | Stop | Kill
# An engine may be slow once. One that refuses twice cannot (no freezer in this kernel) or will not.
FREEZES_TRIED = 2
DEEDS: dict[Rung, type[GivingWay]] = {Rung.FREEZE: Freeze, Rung.STOP: Stop, Rung.KILL: Kill}


@dataclass
class _Standing:
    """The pilots of one tick that nothing was decided about yet."""

    pilots: Pilots
    gone: dict[str, GivingWay] = field(default_factory=dict)

    def of(self, pilots: Iterable[Pilot]) -> list[Pilot]:
        return [p for p in pilots if p.id not in self.gone]

    def take(self, actions: Iterable[GivingWay]) -> None:
        self.gone.update({action.pilot.id: action for action in actions})

    @property
    def busy(self) -> tuple[Pilot, ...]:
        """Pilots that stay, and cannot be acted on now."""
        return (*self.pilots.freezing, *self.pilots.thawing)


def give_way(
    policy: Policy, memory: Memory, seen: Seen, pilots: Pilots, found: tuple[Limit, ...]
) -> list[GivingWay]:
    """All that has to be done in this tick so that pilots are where the limits want them."""
    standing = _Standing(pilots)
    standing.take(_released(seen, standing))
    standing.take(_killed_at_once(seen, standing, _lowest(found, Rung.KILL)))
    standing.take(_out_of_grace(policy, memory, seen, standing))
    standing.take(_expired(policy, seen, standing))
    standing.take(_over_their_number(policy, seen, standing))
    standing.take(_stopped_at_once(seen, standing, _lowest(found, Rung.STOP)))
    standing.take(_frozen_too_long(policy, memory, seen, standing, _least_room(found)))
    standing.take(_in_the_way(policy, memory, seen, standing, _lowest(found, Rung.FREEZE)))
    return list(standing.gone.values())


def _lowest(found: tuple[Limit, ...], rung: Rung) -> Limit | None:
    ceilings = [limit for limit in found if limit.rung is rung and limit.ceiling < UNLIMITED]
    return min(ceilings, key=lambda limit: limit.ceiling, default=None)


def _least_room(found: tuple[Limit, ...]) -> Limit | None:
    """For the frozen: what keeps them from going on."""
    ceilings = [limit for limit in found if limit.rung is Rung.FREEZE and limit.resume < UNLIMITED]
    return min(ceilings, key=lambda limit: limit.resume, default=None)


def _released(seen: Seen, standing: _Standing) -> list[Kill]:
    pilots = standing.pilots
    old = [p for p in (*pilots.alive, *pilots.stopping) if p.created_at < seen.wish.release_before]
    return [Kill(p, Reason.RELEASED, seen.monotonic) for p in old]


def _killed_at_once(seen: Seen, standing: _Standing, limit: Limit | None) -> list[Kill]:
    """What frees nothing while it is frozen, or asked: memory and disk. Who is leaving goes first."""
    if limit is None:
        return []
    leaving, staying = standing.of(standing.pilots.stopping), standing.of(standing.pilots.alive)
    surplus = len(leaving) + len(staying) + len(standing.busy) - limit.ceiling
    chosen = victims(leaving, surplus)
    chosen += victims(staying, surplus - len(chosen))
    return [Kill(p, limit.reason, seen.monotonic) for p in chosen]


def _out_of_grace(policy: Policy, memory: Memory, seen: Seen, standing: _Standing) -> list[Kill]:
    asked = [(p, memory.stopping[p.id]) for p in standing.of(standing.pilots.stopping)]
    late = [
        (p, a) for p, a in asked if seen.monotonic - a.asked_at >= policy.kind_of(p.kind).stop_grace_seconds
    ]
    return [Kill(p, a.reason, a.demanded_at) for p, a in late]


def _expired(policy: Policy, seen: Seen, standing: _Standing) -> list[Stop]:
    alive = standing.of(standing.pilots.alive)
    old = [p for p in alive if seen.wall - p.created_at >= policy.kind_of(p.kind).ttl_seconds]
    return [Stop(p, Reason.EXPIRED, seen.monotonic) for p in old]


def _over_their_number(policy: Policy, seen: Seen, standing: _Standing) -> list[Stop]:
    """The youngest of a kind that has more pilots than it may have, whatever room there is."""
    found: list[Stop] = []
    for kind in policy.kinds:
        if kind.max_pilots is not None:
            alive = [p for p in standing.of(standing.pilots.alive) if p.kind == kind.name]
            busy = sum(p.kind == kind.name for p in standing.busy)
            surplus = len(alive) + busy - kind.max_pilots
            found += [Stop(p, Reason.POOL_SIZE, seen.monotonic) for p in victims(alive, surplus)]
    return found


def _stopped_at_once(seen: Seen, standing: _Standing, limit: Limit | None) -> list[Stop]:
    if limit is None:
        return []
    staying = standing.of(standing.pilots.alive)
    surplus = len(staying) + len(standing.busy) - limit.ceiling
    return [Stop(p, limit.reason, seen.monotonic) for p in victims(staying, surplus)]


def _frozen_too_long(
    policy: Policy, memory: Memory, seen: Seen, standing: _Standing, limit: Limit | None
) -> list[Stop | Kill]:
    """Frozen pilots for which there is no room after their time: they hold memory, and their work waits."""
    if limit is None:
        return []
    frozen = standing.of(standing.pilots.frozen)
    surplus = len(frozen) + len(standing.of(standing.pilots.running)) + len(standing.busy) - limit.resume
    found: list[Stop | Kill] = []
    for pilot in victims(frozen, surplus):
        since = memory.frozen_since.get(pilot.id, seen.monotonic)
        rung = _rung(policy, seen.monotonic - since)
        if rung in {Rung.STOP, Rung.KILL}:
            kind = Kill if rung is Rung.KILL else Stop
            found.append(kind(pilot, limit.reason, since))
    return found


def _in_the_way(
    policy: Policy, memory: Memory, seen: Seen, standing: _Standing, limit: Limit | None
) -> list[GivingWay]:
    """Running pilots over what the owner leaves."""
    if limit is None or memory.over_since is None:
        return []
    rung = _rung(policy, seen.monotonic - memory.over_since)
    if rung is None:
        return []
    running = standing.of(standing.pilots.running)
    # Starts that are under way are younger than any pilot: they are the first to go, which is done
    # by taking them back, or once they are there.
    surplus = len(running) + len(standing.pilots.thawing) - limit.ceiling
    return [
        DEEDS[_possible(policy, memory, p, rung)](p, limit.reason, memory.over_since)
        for p in victims(running, surplus)
    ]


def _possible(policy: Policy, memory: Memory, pilot: Pilot, rung: Rung) -> Rung:
    """The rung, or where the engine fails to freeze this pilot the next one: the owner has waited enough."""
    if rung is not Rung.FREEZE or memory.not_frozen.get(pilot.id, 0) < FREEZES_TRIED:
        return rung
    if policy.stop_after_seconds is not None:
        return Rung.STOP
    return rung if policy.kill_after_seconds is None else Rung.KILL


def _rung(policy: Policy, seconds: float) -> Rung | None:
    """The last rung whose time has come."""
    clocks = (
        (Rung.KILL, policy.kill_after_seconds),
        (Rung.STOP, policy.stop_after_seconds),
        (Rung.FREEZE, policy.freeze_after_seconds),
    )
    return next((rung for rung, after in clocks if after is not None and seconds >= after), None)
