"""A desk with a clock of the test's own, and an engine that hangs when told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from plancton.config.schema import Config
from plancton.engine.desk import Desk
from plancton.engine.fake import FakeEngine
from plancton.model import Kill, Listing, Missing, Outcome, Pilot, Reason, Start
from plancton.pilot_spec import Limits, describe
from tests.unit.makers import HERE, WALL

SPEC = describe(Config(), "/plancton", Limits(), HERE)
SPECS = {SPEC.kind: SPEC}
DEADLINE, RESYNC = 20.0, 10.0
PATIENCE = 20.0


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class HungEngine(FakeEngine):
    """Every call waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.asked = 0

    def _check(self) -> None:
        self.asked += 1
        assert self.gate.wait(PATIENCE)
        super()._check()


@dataclass
class Office:
    """A desk with a clock of the test's own."""

    engine: FakeEngine = field(default_factory=FakeEngine)
    clock: Clock = field(default_factory=Clock)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.desk = Desk(self.engine, DEADLINE, RESYNC, self.clock)

    def wait(self, number: int) -> list[Outcome]:
        """So many outcomes, as the loop would collect them."""
        found: list[Outcome] = []

        def enough() -> bool:
            found.extend(self.desk.outcomes())
            return len(found) >= number

        until(enough)
        return found

    def listed(self) -> Listing | Missing:
        """What the next answer to a listing says."""
        before = self.desk.listing()
        until(lambda: self.desk.outcomes() or self.desk.listing() is not before)
        return self.desk.listing()


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def starts(count: int) -> list[Start]:
    return [Start(f"default-{n}", "default", WALL) for n in range(count)]


def kill(which: Pilot) -> Kill:
    return Kill(which, Reason.OWNER_CPU, 1000.0)
