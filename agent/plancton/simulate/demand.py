"""What an owner asks of a machine over time, whoever else is on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Machine:
    """The simulated host."""

    cores: int
    memory_bytes: int


class Step(NamedTuple):
    """From `at` (seconds) on the owner asks for this, until the next step.

    `cores` is what the owner's programs could use at once, at most all of the machine; `memory_bytes`
    is all that is not the pilots'. `present`: somebody is at the keyboard.
    """

    at: float
    cores: float
    memory_bytes: int
    present: bool


@dataclass(frozen=True)
class Demand:
    """One owner's time on one machine. The first step is at 0; none is at or after `seconds`."""

    owner: str
    machine: Machine
    seconds: float
    steps: tuple[Step, ...]

    def lengths(self) -> Iterable[tuple[Step, float]]:
        """Every step with the seconds that it holds."""
        ends = [step.at for step in self.steps[1:]] + [self.seconds]
        return ((step, end - step.at) for step, end in zip(self.steps, ends, strict=True))

    @property
    def core_seconds(self) -> float:
        """All that the owner asks for."""
        return sum(step.cores * seconds for step, seconds in self.lengths())
