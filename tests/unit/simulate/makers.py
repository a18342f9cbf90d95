"""Short demands that are told in a line, and a contestant that follows a script."""

from __future__ import annotations

from collections.abc import Callable

from plancton.simulate.crew import PilotSize
from plancton.simulate.demand import Demand, Machine, Step
from plancton.simulate.host import Host
from plancton.simulate.kernel import Weights

GIB = 1024**3
EIGHT = Machine(8, 16 * GIB)


def demand(
    *steps: tuple[float, float], seconds: float = 3600.0, machine: Machine = EIGHT, present: bool = False
) -> Demand:
    """Pairs (since when, how many cores)."""
    told = steps if steps and steps[0][0] == 0 else ((0.0, 0.0), *steps)
    return Demand("test", machine, seconds, tuple(Step(at, cores, GIB, present) for at, cores in told))


def host(
    of: Demand, *, weights: Weights = Weights.LOWEST, job: float = 1e9, size: PilotSize | None = None
) -> Host:
    """A host whose pilots have jobs of one length, in core-seconds."""
    return Host(of, size or PilotSize(), weights, lambda: job)


Look = Callable[[Host], float]


class Scripted:
    """Does at each second what the script says."""

    name = "scripted"

    def __init__(self, script: dict[float, Callable[[Host], object]]) -> None:
        self._script = script

    def look(self, host: Host) -> float:
        if host.now in self._script:
            self._script[host.now](host)
        return 1.0
