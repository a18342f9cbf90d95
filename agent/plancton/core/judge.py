"""What the end of a pilot means for its kind: go on, go on more slowly, look for work later, or back off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from plancton.core.backoff import again
from plancton.core.exits import Exit
from plancton.core.memory import Backoff, Memory
from plancton.core.pace import ended_well
from plancton.core.policy import Kind, Policy
from plancton.model import Ending, Pilot

T = TypeVar("T")
WHY = {
    Exit.DENIED: "the pool refused the pilot's credential",
    Exit.UNREACHABLE: "the pilot could not reach its pool",
    Exit.NO_WORK: "the pilot found no work",
}


@dataclass(frozen=True)
class End:
    """A pilot's end. `at` (monotonic) and `wall` are when it was told."""

    pilot: Pilot
    exit: Exit
    ending: Ending
    at: float
    wall: float


def judge(policy: Policy, memory: Memory, end: End) -> Memory:
    """The memory after a pilot that ended by itself."""
    kind = next((kind for kind in policy.kinds if kind.name == end.pilot.kind), None)
    if kind is None:
        return memory  # it left the configuration, and is not started any more
    if end.exit is Exit.DONE:
        return _done(memory, kind, end)
    if end.exit is Exit.NO_WORK:
        return _no_work(memory, kind, end)
    if end.exit in {Exit.DENIED, Exit.UNREACHABLE}:
        return failed(memory, kind, _fact(end, WHY[end.exit]))
    if end.ending.lifetime_seconds >= kind.fizzle_seconds:
        return memory
    why = f"pilot ended after {end.ending.lifetime_seconds:.0f} s with exit code {end.ending.exit_code}"
    # To prove itself, one need not live for longer than it would have had to.
    return failed(memory, kind, replace(_fact(end, why), lived_seconds=0.0, at_the_pool=False))


def failed(memory: Memory, kind: Kind, fact: Backoff) -> Memory:
    """The memory after a failure; `fact.retry_at` is when it happened."""
    before = memory.backoffs.get(kind.name)
    backoff = again(before, fact, kind.backoff_first_seconds, kind.backoff_max_seconds)
    return replace(memory, backoffs={**memory.backoffs, kind.name: backoff})


def _fact(end: End, why: str) -> Backoff:
    return Backoff(0, end.at, end.wall, why, end.ending.lifetime_seconds, at_the_pool=True)


def _done(memory: Memory, kind: Kind, end: End) -> Memory:
    """It has worked: so does the kind, if the pilot began after what had gone wrong, and there is work."""
    name = kind.name
    pace = ended_well(kind, memory.paces.get(name), end.ending.lifetime_seconds, end.at, end.wall)
    paces = _without(memory.paces, name)
    return replace(
        memory,
        backoffs=_unless_later(memory.backoffs, name, end.pilot),
        no_work=_unless_later(memory.no_work, name, end.pilot),
        paces=paces if pace is None else {**paces, name: pace},
    )


def _no_work(memory: Memory, kind: Kind, end: End) -> Memory:
    """No failure. One at the pool's door is over: the pilot has been let in."""
    fact = _fact(end, WHY[Exit.NO_WORK])
    waits = again(memory.no_work.get(kind.name), fact, kind.no_work_first_seconds, kind.no_work_max_seconds)
    backoff, backoffs = memory.backoffs.get(kind.name), memory.backoffs
    if backoff is not None and backoff.at_the_pool:
        backoffs = _unless_later(backoffs, kind.name, end.pilot)
    return replace(memory, backoffs=backoffs, no_work={**memory.no_work, kind.name: waits})


def _unless_later(waits: Mapping[str, Backoff], name: str, pilot: Pilot) -> Mapping[str, Backoff]:
    """What began before the last failure says nothing about what is wrong since."""
    wait = waits.get(name)
    return waits if wait is None or pilot.created_at <= wait.failed_at_wall else _without(waits, name)


def _without(found: Mapping[str, T], name: str) -> Mapping[str, T]:
    return {k: v for k, v in found.items() if k != name} if name in found else found
