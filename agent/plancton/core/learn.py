"""What was asked of the engine, and what came of it, become memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from plancton.core.memory import Backoff, Memory, Stopping
from plancton.core.policy import Policy
from plancton.model import Action, Done, Failed, Freeze, Kill, Outcome, Reap, Start, Stop, key

# A container that the engine would not remove ("removal in progress" may last) is left alone for
# a while: it uses no CPU.
REAP_AGAIN_SECONDS = 30.0


def remember(memory: Memory, actions: Iterable[Action]) -> Memory:
    """The actions were handed over: nothing else is done to their pilots until they are answered."""
    given = {key(action): action for action in actions}
    return replace(memory, in_flight={**memory.in_flight, **given}) if given else memory


def forget(memory: Memory, names: Iterable[str]) -> Memory:
    """These starts were taken back before the engine was asked."""
    gone = set(names)
    return replace(memory, in_flight={k: a for k, a in memory.in_flight.items() if k not in gone})


def learn(policy: Policy, memory: Memory, outcomes: Iterable[Outcome], wall: float) -> Memory:
    """Take in what the engine answered since the last tick."""
    for outcome in outcomes:
        in_flight = {k: a for k, a in memory.in_flight.items() if k != key(outcome.action)}
        memory = replace(memory, in_flight=in_flight)
        if isinstance(outcome, Done):
            memory = _done(policy, replace(memory, recent=(*memory.recent, outcome)), outcome, wall)
        else:
            memory = _failed(policy, memory, outcome, wall)
    return memory


def _done(policy: Policy, memory: Memory, outcome: Done, wall: float) -> Memory:
    action = outcome.action
    if isinstance(action, Kill):
        return replace(memory, killed={**memory.killed, action.pilot.id: action.reason})
    if isinstance(action, Stop):
        asked = Stopping(outcome.finished_at, action.demanded_at, action.reason)
        return replace(memory, stopping={**memory.stopping, action.pilot.id: asked})
    if isinstance(action, Freeze):
        others = {k: v for k, v in memory.not_frozen.items() if k != action.pilot.id}
        return replace(memory, not_frozen=others)
    if not isinstance(action, Reap):
        return memory
    ours = action.pilot.id in memory.killed or action.pilot.id in memory.stopping
    memory = replace(
        memory,
        stopping={k: v for k, v in memory.stopping.items() if k != action.pilot.id},
        killed={k: v for k, v in memory.killed.items() if k != action.pilot.id},
        not_before={k: v for k, v in memory.not_before.items() if k != action.pilot.id},
    )
    ending = outcome.ending
    kind = action.pilot.kind
    if ours or ending is None or ending.lifetime_seconds >= policy.kind_of(kind).fizzle_seconds:
        return memory
    why = f"pilot ended after {ending.lifetime_seconds:.0f} s with exit code {ending.exit_code}"
    return _back_off(policy, memory, kind, why, now=outcome.finished_at, wall=wall)


def _failed(policy: Policy, memory: Memory, outcome: Failed, wall: float) -> Memory:
    if isinstance(outcome.action, Start):
        why = f"pilot did not start: {outcome.error}"
        return _back_off(policy, memory, outcome.action.kind, why, now=outcome.finished_at, wall=wall)
    if isinstance(outcome.action, Freeze):
        id_ = outcome.action.pilot.id
        return replace(memory, not_frozen={**memory.not_frozen, id_: memory.not_frozen.get(id_, 0) + 1})
    if isinstance(outcome.action, Reap):
        later = outcome.finished_at + REAP_AGAIN_SECONDS
        return replace(memory, not_before={**memory.not_before, outcome.action.pilot.id: later})
    return memory


def _back_off(policy: Policy, memory: Memory, name: str, why: str, *, now: float, wall: float) -> Memory:
    """Twice as long each time. Several failures of one moment count once."""
    kind = next((kind for kind in policy.kinds if kind.name == name), None)
    if kind is None:
        return memory  # it left the configuration, and is not started any more
    before = memory.backoffs.get(name, Backoff())
    if before.failures and now < before.retry_at:
        return memory
    failures = before.failures + 1
    # The exponent is bounded: 2.0**1024 overflows on a host that has failed for a year.
    wait = min(kind.backoff_first_seconds * 2.0 ** min(failures - 1, 30), kind.backoff_max_seconds)
    backoff = Backoff(failures, now + wait, wall, why)
    return replace(memory, backoffs={**memory.backoffs, name: backoff})
