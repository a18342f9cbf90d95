"""All that a policy may ever say: the limits that may set its target, the reasons for which pilots give way.

Metrics have every one of them from the start, and only these: a thousand hosts need not tell that none of
them is kept by a signal that none of them heeds, or by a demand that none of them knows.
"""

from __future__ import annotations

from collections.abc import Mapping

from plancton.core.limits import LimitName
from plancton.core.policy import Policy
from plancton.core.thresholds import HELD_WHILE_FROZEN, SignalName
from plancton.model import Freeze, Kill, Reason, Stop

OF_SIGNALS = {signal.value for signal in SignalName}
# Those that ask instead of freezing.
ASKING = (Reason.POOL_SIZE, Reason.PAUSED, Reason.DRAINED, Reason.EXPIRED)


def limits_of(policy: Policy) -> tuple[LimitName, ...]:
    """In the order of LimitName."""
    absent = OF_SIGNALS - {signal.value for signal in policy.heeded.names}
    if all(kind.demand_probe_seconds is None for kind in policy.kinds):
        absent = absent | {LimitName.DEMAND.value}
    return tuple(name for name in LimitName if name.value not in absent)


def reasons_of(policy: Policy) -> Mapping[type[Freeze | Stop | Kill], tuple[Reason, ...]]:
    """By what is done to a pilot. Who was asked to end is later killed for the same reason."""
    heeded = policy.heeded.names
    gentle = tuple(Reason(signal.value) for signal in heeded if signal not in HELD_WHILE_FROZEN)
    harsh = tuple(Reason(signal.value) for signal in heeded if signal in HELD_WHILE_FROZEN)
    freezes = (Reason.OWNER_CPU, *gentle)
    stops = (*freezes, *ASKING)
    return {Freeze: freezes, Stop: stops, Kill: (*stops, Reason.MEMORY, Reason.RELEASED, *harsh)}
