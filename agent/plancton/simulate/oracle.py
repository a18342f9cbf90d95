"""The upper limit: who knows the future, and whose every wish is fulfilled at once."""

from __future__ import annotations

import math

from plancton.core.policy import Mode, Policy
from plancton.simulate.demand import Demand, Machine, Step

NAME = "oracle"


def possible_core_seconds(demand: Demand, policy: Policy) -> float:
    """What could be harvested if at each moment there were as many pilots as the policy lets stay.

    They come and go in no time and keep all their work. The reserve, the tolerance, the size of a pilot
    and its memory are the policy's. No policy that keeps this reserve gets more, except in the moments
    before it gives back.
    """
    return sum(_cores(demand.machine, step, policy) * seconds for step, seconds in demand.lengths())


def _cores(machine: Machine, step: Step, policy: Policy) -> float:
    kind = policy.default
    owner = 0.0 if policy.mode is Mode.DEDICATED else step.cores
    room = machine.cores - policy.reserve_of(machine.cores) - owner + policy.release_slack_of(kind)
    spare = machine.memory_bytes - policy.memory_reserve_of(machine.memory_bytes) - step.memory_bytes
    pilots = min(
        math.floor(room / kind.cpus + 1e-9),
        spare // kind.memory_bytes,
        math.inf if policy.max_pilots is None else policy.max_pilots,
    )
    return min(max(pilots, 0) * kind.cpus, machine.cores - step.cores)
