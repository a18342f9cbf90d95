"""The policy: what to do now, and why. Pure; the same arguments give the same decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from plancton.core import demand
from plancton.core.backoff import forgive
from plancton.core.farewell import tells
from plancton.core.growth import growth_of
from plancton.core.holds import watch
from plancton.core.kinds import Quota
from plancton.core.ladder import give_way
from plancton.core.limits import UNLIMITED, Limit, LimitName, Rung, beside_reserve, limits, settled_cores
from plancton.core.memory import Memory
from plancton.core.observe import Pilots, Seen
from plancton.core.pace import started, still_short
from plancton.core.patience import disturbed, let_in
from plancton.core.policy import Kind, Policy
from plancton.core.rank import by_merit
from plancton.core.room import ROUNDING, Line
from plancton.core.wants import wants_of
from plancton.core.window import Window
from plancton.model import Action, Missing, Pilot, Reap, Reason, Start, Thaw, Wants

# A loop that was held up for longer has not watched the owner.
LONGEST_GAP_INTERVALS = 5


@dataclass(frozen=True)
class Decision:
    """What is done in this tick.

    `target` is the number of pilots aimed at, None while the engine cannot say how many there are;
    `binding` is the limit that sets it; `running` and `frozen` are the pilots that are not on their way
    out; `excess` is how many of them are there against a limit. `cancelled` names starts that are taken
    back if the engine has not been asked for them yet. `kinds` are those of the configuration, `wants` what
    their pools are asked for.
    """

    target: int | None
    binding: Limit
    limits: tuple[Limit, ...]
    actions: tuple[Action, ...]
    running: int = 0
    frozen: int = 0
    excess: int = 0
    cancelled: tuple[str, ...] = ()
    kinds: tuple[Quota, ...] = ()
    wants: Mapping[str, Wants] = field(default_factory=dict)


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
        backoffs=forgive(policy, memory.backoffs, seen, pilots.alive),
        no_work=demand.expected(forgive(policy, memory.no_work, seen, pilots.alive), seen),
        paces=still_short(policy, memory.paces, seen, pilots.alive),
        frozen_since={p.id: memory.frozen_since.get(p.id, seen.monotonic) for p in pilots.frozen},
        holds=watch(policy, memory.holds, seen, pilots),
    )
    growth = growth_of(policy, memory, seen, pilots)
    in_the_reserve = _in_the_reserve(policy, seen, pilots, growth.line)
    reserve_used_since = _since(memory.reserve_used_since, seen, in_the_reserve)
    if reserve_used_since != memory.reserve_used_since:
        memory = replace(memory, reserve_used_since=reserve_used_since)
    found = limits(policy, memory, seen, pilots, growth)
    excess = _excess(found, pilots)
    in_the_way = _excess([limit for limit in found if limit.rung is Rung.FREEZE], pilots)
    over_since = _since(memory.over_since, seen, in_the_way)
    came_back = over_since is not None and memory.over_since is None
    restless = disturbed(policy, memory.restless, seen.monotonic) if came_back else memory.restless
    if over_since != memory.over_since:
        memory = replace(memory, over_since=over_since, restless=restless)
    room = min((limit.floor for limit in found), default=0)

    leaving = give_way(policy, memory, seen, pilots, found)
    thaws = [] if leaving else _thaws(policy, pilots, found, settled_cores(policy, memory, seen))
    unsettled = pilots.frozen or pilots.freezing or pilots.releasing or pilots.stopping
    floor = 0 if leaving or unsettled else room
    starts = _starts(policy, seen, growth.line.planned[: max(floor - pilots.kept, 0)])
    if thaws or starts:
        paces = started(memory.paces, starts, seen.monotonic)
        last_starts = demand.started(memory.last_starts, seen, starts)
        restless = let_in(memory.restless, seen.monotonic)
        memory = replace(memory, restless=restless, paces=paces, last_starts=last_starts)
    told = tells(policy, memory, seen, pilots, {action.pilot.id for action in leaving})
    reaps = [Reap(p) for p in pilots.ended if memory.not_before.get(p.id, 0.0) <= seen.monotonic]
    return memory, Decision(
        target=None if isinstance(seen.pilots, Missing) else _target(pilots, leaving, floor, found),
        binding=_binding(found, pilots, excess),
        limits=found,
        actions=(*leaving, *thaws, *starts, *told, *reaps),
        running=pilots.active,
        frozen=len(pilots.frozen) + len(pilots.freezing),
        excess=excess,
        cancelled=_cancelled(growth.quotas, pilots, pilots.kept - room),
        kinds=growth.quotas,
        wants=wants_of(policy, memory, seen, pilots, starts, settled=not (leaving or unsettled)),
    )


def _watch(policy: Policy, window: Window, seen: Seen) -> Window:
    if isinstance(seen.rates, Missing):
        return Window()
    if seen.rates.interval_seconds > LONGEST_GAP_INTERVALS * policy.interval_seconds:
        window = Window()  # an average over a long time says nothing about its busiest second
    return window.push(seen.monotonic, seen.rates.owner_cores, policy.watched_seconds)


def _over(limit: Limit, pilots: Pilots) -> int:
    """How many pilots are over a ceiling: a frozen one is in nobody's way, but still there.

    One that is being frozen counts until the engine has done it: an engine that cannot must not
    restart the clock with each attempt.
    """
    using_cpu = pilots.active + len(pilots.freezing)
    return max((using_cpu if limit.rung is Rung.FREEZE else pilots.kept) - limit.ceiling, 0)


def _excess(found: Sequence[Limit], pilots: Pilots) -> int:
    return max((_over(limit, pilots) for limit in found), default=0)


def _in_the_reserve(policy: Policy, seen: Seen, pilots: Pilots, line: Line) -> int:
    """How many pilots are there that the owner, who uses the reserve, does not leave it whole."""
    if isinstance(seen.rates, Missing):
        return 0
    return max(pilots.active + len(pilots.freezing) - beside_reserve(policy, seen.rates, line), 0)


def _since(since: float | None, seen: Seen, excess: int) -> float | None:
    """When an excess was first seen. A blind second neither begins nor ends it."""
    if excess:
        return seen.monotonic if since is None else since
    return since if isinstance(seen.rates, Missing) else None


def _thaws(
    policy: Policy, pilots: Pilots, found: tuple[Limit, ...], settled_cores: float | None
) -> list[Thaw]:
    """Before anything is started, what waits goes on: the oldest first, it has the most to lose.

    One that is too large for what is free waits on, and is in no other's way.
    """
    if settled_cores is None:
        return []
    using: tuple[Pilot | Start, ...] = (*pilots.running, *pilots.thawing, *pilots.starting)
    cores = settled_cores - sum(policy.kind_of(one.kind).cpus for one in using)
    number = min((limit.resume for limit in found if limit.name is not LimitName.CPU), default=UNLIMITED)
    number -= pilots.active
    thaws: list[Thaw] = []
    for pilot in by_merit(pilots.frozen):
        kind = policy.kind_of(pilot.kind)
        if len(thaws) < number and kind.cpus <= cores + policy.release_slack_of(kind) + ROUNDING:
            thaws.append(Thaw(pilot))
            cores -= kind.cpus
    return thaws


def _starts(policy: Policy, seen: Seen, planned: Sequence[Kind]) -> list[Start]:
    # Milliseconds and a running number: unique on this host, and no randomness in the core.
    stamp = f"{int(seen.wall * 1000):x}"
    now = planned[: policy.ramp_pilots]
    return [Start(f"{kind.name}-{stamp}-{n}", kind.name, seen.wall) for n, kind in enumerate(now)]


def _cancelled(quotas: Sequence[Quota], pilots: Pilots, surplus: int) -> tuple[str, ...]:
    """Starts for which there is no room any more, the latest first, as with the pilots themselves.

    Before them those of a kind that may not have them now, or has left the configuration.
    """
    latest = pilots.starting[::-1]
    unwanted = [start for start in latest if start.kind not in {q.kind.name for q in quotas}]
    for quota in quotas:
        if quota.most is not None:
            own = [start for start in latest if start.kind == quota.kind.name]
            unwanted += own[: max(quota.there - quota.most, 0)]
    others = [start for start in latest if start not in unwanted]
    return tuple(start.name for start in (*unwanted, *others[: max(surplus - len(unwanted), 0)]))


def _target(pilots: Pilots, leaving: Sequence[Action], floor: int, found: tuple[Limit, ...]) -> int:
    # These give way each for a reason of its own, and not because there are too many of all kinds.
    of_its_own = {Reason.RELEASED, Reason.EXPIRED, Reason.POOL_SIZE}
    unwanted = sum(getattr(action, "reason", None) in of_its_own for action in leaving)
    ceiling = min((limit.ceiling for limit in found), default=UNLIMITED)
    return min(max(pilots.kept - unwanted, floor), ceiling)


def _binding(found: tuple[Limit, ...], pilots: Pilots, excess: int) -> Limit:
    if excess:
        return min((limit for limit in found if _over(limit, pilots)), key=lambda limit: limit.ceiling)
    return min(found, key=lambda limit: limit.floor)
