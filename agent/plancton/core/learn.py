"""What was asked of the engine, and what came of it, become memory."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from plancton.core.exits import exit_of
from plancton.core.farewell import TELL_AGAIN_SECONDS
from plancton.core.judge import End, failed, judge
from plancton.core.memory import Backoff, Memory, Stopping
from plancton.core.policy import Policy
from plancton.model import Action, Done, Failed, Freeze, Kill, Outcome, Reap, Start, Stop, Tell, key

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
    if isinstance(action, Tell):
        return replace(memory, told={**memory.told, action.pilot.id: math.inf})
    return _reaped(policy, memory, action, outcome, wall) if isinstance(action, Reap) else memory


def _reaped(policy: Policy, memory: Memory, action: Reap, outcome: Done, wall: float) -> Memory:
    id_, ending = action.pilot.id, outcome.ending
    ours = id_ in memory.killed or id_ in memory.stopping
    memory = replace(
        memory,
        stopping={k: v for k, v in memory.stopping.items() if k != id_},
        killed={k: v for k, v in memory.killed.items() if k != id_},
        not_before={k: v for k, v in memory.not_before.items() if k != id_},
    )
    if ours or ending is None:
        return memory
    return judge(
        policy, memory, End(action.pilot, exit_of(action, ending), ending, outcome.finished_at, wall)
    )


def _failed(policy: Policy, memory: Memory, outcome: Failed, wall: float) -> Memory:
    if isinstance(outcome.action, Start):
        name, why = outcome.action.kind, f"pilot did not start: {outcome.error}"
        kind = next((kind for kind in policy.kinds if kind.name == name), None)
        return memory if kind is None else failed(memory, kind, Backoff(0, outcome.finished_at, wall, why))
    if isinstance(outcome.action, Freeze):
        id_ = outcome.action.pilot.id
        return replace(memory, not_frozen={**memory.not_frozen, id_: memory.not_frozen.get(id_, 0) + 1})
    if isinstance(outcome.action, Reap):
        later = outcome.finished_at + REAP_AGAIN_SECONDS
        return replace(memory, not_before={**memory.not_before, outcome.action.pilot.id: later})
    if isinstance(outcome.action, Tell):
        later = outcome.finished_at + TELL_AGAIN_SECONDS
        return replace(memory, told={**memory.told, outcome.action.pilot.id: later})
    return memory
