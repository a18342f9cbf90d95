"""The policy: what to do now, and why. Pure; the same arguments give the same decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from plancton.core.holds import watch
from plancton.core.ladder import give_way
from plancton.core.limits import UNLIMITED, Limit, Rung, beside_reserve, limits, settled_room
from plancton.core.memory import Backoff, Memory
from plancton.core.observe import Pilots, Seen
from plancton.core.patience import disturbed, let_in
from plancton.core.policy import Policy
from plancton.core.rank import by_merit
from plancton.core.window import Window
from plancton.model import Action, Missing, Reap, Reason, Start, Thaw

# A loop that was held up for longer has not watched the owner.
LONGEST_GAP_INTERVALS = 5


@dataclass(frozen=True)
class Decision:
    """What is done in this tick.

    `target` is the number of pilots aimed at, None while the engine cannot say how many there are;
    `binding` is the limit that sets it; `running` and `frozen` are the pilots that are not on their way
    out; `excess` is how many of them are there against a limit. `cancelled` names starts that are taken
    back if the engine has not been asked for them yet.
    """

    target: int | None
    binding: Limit
    limits: tuple[Limit, ...]
    actions: tuple[Action, ...]
    running: int = 0
    frozen: int = 0
    excess: int = 0
    cancelled: tuple[str, ...] = ()


def decide(policy: Policy, memory: Memory, seen: Seen) -> tuple[Memory, Decision]:
    """Choose this tick's actions.

    Holds for every input: nothing is added (started, thawed) and taken away in one tick; a blind agent
    adds nothing; no more pilots give way than are over a ceiling, out of time or unwanted by the owner;
    nothing that is in the middle of an action is acted on.
    """
    pilots = seen.known
    memory = replace(
        memory,
        owner=_watch(policy, memory.owner, seen),
        backoff=_forgive(policy, memory.backoff, seen, pilots),
        frozen_since={p.id: memory.frozen_since.get(p.id, seen.monotonic) for p in pilots.frozen},
        holds=watch(policy, memory.holds, seen, pilots),
        reserve_used_since=_since(memory.reserve_used_since, seen, _in_the_reserve(policy, seen, pilots)),
    )
    found = limits(policy, memory, seen, pilots)
    excess = _excess(found, pilots)
    in_the_way = _excess([limit for limit in found if limit.rung is Rung.FREEZE], pilots)
    over_since = _since(memory.over_since, seen, in_the_way)
    came_back = over_since is not None and memory.over_since is None
    restless = disturbed(policy, memory.restless, seen.monotonic) if came_back else memory.restless
    memory = replace(memory, over_since=over_since, restless=restless)
    room = min((limit.floor for limit in found), default=0)

    leaving = give_way(policy, memory, seen, pilots, found)
    thaws = [] if leaving else _thaws(policy, memory, seen, pilots, found)
    unsettled = pilots.frozen or pilots.freezing or pilots.releasing or pilots.stopping
    floor = 0 if leaving or unsettled else room
    starts = _starts(policy, seen, max(floor - pilots.kept, 0))
    if thaws or starts:
        memory = replace(memory, restless=let_in(memory.restless, seen.monotonic))
    # The latest first, as with the pilots themselves.
    cancelled = pilots.starting[::-1][: max(pilots.kept - room, 0)]
    reaps = [Reap(p) for p in pilots.ended if memory.not_before.get(p.id, 0.0) <= seen.monotonic]
    return memory, Decision(
        target=None if isinstance(seen.pilots, Missing) else _target(pilots, leaving, floor, found),
        binding=_binding(found, pilots, excess),
        limits=found,
        actions=(*leaving, *thaws, *starts, *reaps),
        running=pilots.active,
        frozen=len(pilots.frozen) + len(pilots.freezing),
        excess=excess,
        cancelled=cancelled,
    )


def _watch(policy: Policy, window: Window, seen: Seen) -> Window:
    if isinstance(seen.rates, Missing):
        return Window()
    if seen.rates.interval_seconds > LONGEST_GAP_INTERVALS * policy.interval_seconds:
        window = Window()  # an average over a long time says nothing about its busiest second
    length = max(policy.calm_seconds, policy.thaw_after_seconds, policy.thaw_most_seconds)
    return window.push(seen.monotonic, seen.rates.owner_cores, length)


def _forgive(policy: Policy, backoff: Backoff, seen: Seen, pilots: Pilots) -> Backoff:
    """A pilot that began after the last failure and has lived long enough ends the back-off."""
    proven = any(
        p.created_at > backoff.failed_at_wall and seen.wall - p.created_at >= policy.fizzle_seconds
        for p in pilots.alive
    )
    return Backoff() if proven else backoff


def _over(limit: Limit, pilots: Pilots) -> int:
    """How many pilots are over a ceiling: a frozen one is in nobody's way, but still there.

    One that is being frozen counts until the engine has done it: an engine that cannot must not
    restart the clock with each attempt.
    """
    using_cpu = pilots.active + len(pilots.freezing)
    return max((using_cpu if limit.rung is Rung.FREEZE else pilots.kept) - limit.ceiling, 0)


def _excess(found: Sequence[Limit], pilots: Pilots) -> int:
    return max((_over(limit, pilots) for limit in found), default=0)


def _in_the_reserve(policy: Policy, seen: Seen, pilots: Pilots) -> int:
    """How many pilots are there that the owner, who uses the reserve, does not leave it whole."""
    if isinstance(seen.rates, Missing):
        return 0
    return max(pilots.active + len(pilots.freezing) - beside_reserve(policy, seen.rates), 0)


def _since(since: float | None, seen: Seen, excess: int) -> float | None:
    """When an excess was first seen. A blind second neither begins nor ends it."""
    if excess:
        return seen.monotonic if since is None else since
    return since if isinstance(seen.rates, Missing) else None


def _thaws(
    policy: Policy, memory: Memory, seen: Seen, pilots: Pilots, found: tuple[Limit, ...]
) -> list[Thaw]:
    """Before anything is started, what waits goes on: the oldest first, it has the most to lose."""
    rooms = [limit.resume for limit in found]
    room = min([settled_room(policy, memory, seen), *rooms]) - pilots.active
    return [Thaw(p) for p in by_merit(pilots.frozen)[: max(room, 0)]]


def _starts(policy: Policy, seen: Seen, lacking: int) -> list[Start]:
    # Milliseconds and a running number: unique on this host, and no randomness in the core.
    stamp = f"{int(seen.wall * 1000):x}"
    count = min(lacking, policy.ramp_pilots)
    return [Start(f"{policy.kind}-{stamp}-{number}", policy.kind, seen.wall) for number in range(count)]


def _target(pilots: Pilots, leaving: Sequence[Action], floor: int, found: tuple[Limit, ...]) -> int:
    out_of_time = {Reason.RELEASED, Reason.EXPIRED}
    unwanted = sum(getattr(action, "reason", None) in out_of_time for action in leaving)
    ceiling = min((limit.ceiling for limit in found), default=UNLIMITED)
    return min(max(pilots.kept - unwanted, floor), ceiling)


def _binding(found: tuple[Limit, ...], pilots: Pilots, excess: int) -> Limit:
    if excess:
        return min((limit for limit in found if _over(limit, pilots)), key=lambda limit: limit.ceiling)
    return min(found, key=lambda limit: limit.floor)
