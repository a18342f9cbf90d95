"""How the kernel shares the cores out between the owner and the pilots."""

from __future__ import annotations

from enum import Enum

# Measured on two cores with two owner's processes against pilots on both: with the least weight on
# the pilots' parent cgroup the owner took 1.03 times as long, with cpu.idle there 1.01 (docs/policy.md).
# The worse of the two is taken: of each core that both want, the owner misses this share.
MISSED_SHARE = 0.03


class Weights(str, Enum):
    """What the pilots' processes count against the owner's."""

    LOWEST = "lowest"
    EQUAL = "equal"


def share(owner: float, pilots: float, cores: float, weights: Weights) -> tuple[float, float]:
    """What both get, in cores, when the owner could use `owner` and the pilots `pilots`.

    With the lowest weight pilots get what is left, and the owner misses a little on every core that a
    pilot is on too. With equal weights, as containers have by default, everybody is cut alike: two
    processes against two pilots on two cores take twice as long (measured 2.04).
    """
    over = owner + pilots - cores
    if over <= 0:
        return owner, pilots
    if weights is Weights.EQUAL:
        got = owner * cores / (owner + pilots)
    else:
        got = owner - MISSED_SHARE * min(owner, over)
    return got, min(pilots, cores - got)
