"""The policy: what to do now, and why. Pure; the same arguments give the same decision."""

from __future__ import annotations

from dataclasses import dataclass, replace

from plancton.core.holds import watch
from plancton.core.limits import UNLIMITED, Limit, limits
from plancton.core.memory import Backoff, Memory
from plancton.core.observe import Pilots, Seen
from plancton.core.policy import Policy
from plancton.core.rank import victims
from plancton.core.window import Window
from plancton.model import Action, Kill, KillReason, Missing, Pilot, Reap, Start

# A loop that was held up for longer has not watched the owner.
LONGEST_GAP_INTERVALS = 5


@dataclass(frozen=True)
class Decision:
    """What is done in this tick.

    `target` is the number of pilots aimed at, None while the engine cannot say how many there are;
    `binding` is the limit that sets it; `excess` is how many pilots are there against a limit.
    `cancelled` names starts that are taken back if the engine has not been asked for them yet.
    """

    target: int | None
    binding: Limit
    limits: tuple[Limit, ...]
    actions: tuple[Action, ...]
    running: int = 0
    excess: int = 0
    cancelled: tuple[str, ...] = ()


def decide(policy: Policy, memory: Memory, seen: Seen) -> tuple[Memory, Decision]:
    """Choose this tick's actions.

    Holds for every input: nothing is started and killed in one tick; a blind agent starts nothing;
    no more pilots are killed than are over a ceiling, out of time or unwanted by the owner; nothing
    that is in the middle of an action is acted on.
    """
    memory = replace(memory, owner=_watch(policy, memory.owner, seen))
    pilots = seen.known
    memory = replace(memory, backoff=_forgive(policy, memory.backoff, seen, pilots))
    running = len(pilots.alive) + len(pilots.starting)
    memory = replace(memory, holds=watch(policy, memory.holds, seen, running))
    found = limits(policy, memory, seen, pilots)
    ceiling = min((limit.ceiling for limit in found), default=UNLIMITED)
    excess = max(running - ceiling, 0)
    memory = replace(memory, over_since=_over_since(memory.over_since, seen, excess))
    room = min((limit.floor for limit in found), default=0)

    kills = _kills(policy, memory, seen, pilots, found)
    floor = 0 if kills or pilots.releasing else room
    starts = _starts(policy, seen, max(floor - running, 0))
    # The latest first, as with the pilots themselves.
    cancelled = pilots.starting[::-1][: max(running - room, 0)]
    reaps = [Reap(p) for p in pilots.ended if memory.not_before.get(p.id, 0.0) <= seen.monotonic]
    unwanted = sum(kill.reason in {KillReason.RELEASED, KillReason.EXPIRED} for kill in kills)
    target = None if isinstance(seen.pilots, Missing) else min(max(running - unwanted, floor), ceiling)
    binding = _lowest_ceiling(found) if excess else _lowest_floor(found)
    actions: tuple[Action, ...] = (*kills, *starts, *reaps)
    return memory, Decision(target, binding, found, actions, running, excess, cancelled)


def _watch(policy: Policy, window: Window, seen: Seen) -> Window:
    if isinstance(seen.rates, Missing):
        return Window()
    if seen.rates.interval_seconds > LONGEST_GAP_INTERVALS * policy.interval_seconds:
        window = Window()  # an average over a long time says nothing about its busiest second
    return window.push(seen.monotonic, seen.rates.owner_cores, policy.calm_seconds)


def _forgive(policy: Policy, backoff: Backoff, seen: Seen, pilots: Pilots) -> Backoff:
    """A pilot that began after the last failure and has lived long enough ends the back-off."""
    proven = any(
        p.created_at > backoff.failed_at_wall and seen.wall - p.created_at >= policy.fizzle_seconds
        for p in pilots.alive
    )
    return Backoff() if proven else backoff


def _over_since(since: float | None, seen: Seen, excess: int) -> float | None:
    """When the demand was first seen. A blind second neither begins nor ends it."""
    if excess:
        return seen.monotonic if since is None else since
    return since if isinstance(seen.rates, Missing) else None


def _kills(
    policy: Policy, memory: Memory, seen: Seen, pilots: Pilots, found: tuple[Limit, ...]
) -> list[Kill]:
    demanded_at = seen.monotonic if memory.over_since is None else memory.over_since
    patience_over = seen.monotonic - demanded_at >= policy.kill_after_seconds
    binding = min(
        (limit for limit in found if limit.urgent or patience_over), key=lambda x: x.ceiling, default=None
    )
    doomed: dict[str, Kill] = {}
    for pilot in pilots.alive:
        reason = _unwanted(policy, seen, pilot)
        if reason is not None:
            doomed[pilot.id] = Kill(pilot, reason, seen.monotonic)
    staying = [p for p in pilots.alive if p.id not in doomed]
    if binding is not None:
        # Starts that are under way are younger than any pilot: they are the first to go, which is
        # done by taking them back, or once they are there.
        for pilot in victims(staying, len(staying) - binding.ceiling):
            doomed[pilot.id] = Kill(pilot, binding.kill_reason, demanded_at)
    return list(doomed.values())


def _unwanted(policy: Policy, seen: Seen, pilot: Pilot) -> KillReason | None:
    if pilot.created_at < seen.wish.release_before:
        return KillReason.RELEASED
    if seen.wall - pilot.created_at >= policy.ttl_seconds:
        return KillReason.EXPIRED
    return None


def _starts(policy: Policy, seen: Seen, lacking: int) -> list[Start]:
    # Milliseconds and a running number: unique on this host, and no randomness in the core.
    stamp = f"{int(seen.wall * 1000):x}"
    count = min(lacking, policy.ramp_pilots)
    return [Start(f"{policy.kind}-{stamp}-{number}", policy.kind, seen.wall) for number in range(count)]


def _lowest_floor(found: tuple[Limit, ...]) -> Limit:
    return min(found, key=lambda limit: limit.floor)


def _lowest_ceiling(found: tuple[Limit, ...]) -> Limit:
    return min(found, key=lambda limit: limit.ceiling)
