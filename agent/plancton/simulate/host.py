"""One machine, its owner and its pilots, from event to event: between two, nothing changes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plancton.simulate.crew import Crew, PilotSize, Worker, an_hour_or_so
from plancton.simulate.demand import Demand, Step
from plancton.simulate.kernel import Weights, share
from plancton.simulate.orders import LATENCY, Order, Verb
from plancton.simulate.score import Score, noticed

# A machine that runs out of memory stalls for a second at least until the kernel has chosen a victim.
STALL_SECONDS = 1.0


@dataclass(frozen=True)
class Counters:
    """What the kernel has counted so far, in core-seconds."""

    at: float
    busy: float
    pilots: float


class Host:
    """Time goes on with `advance`; `order` is carried out a little later and answered by `answers`."""

    def __init__(
        self,
        demand: Demand,
        size: PilotSize,
        weights: Weights = Weights.LOWEST,
        jobs: Callable[[], float] | None = None,
    ) -> None:
        """`jobs` gives the work of one pilot after the other, in seconds on its cores."""
        self.machine = demand.machine
        self.crew = Crew(size, jobs or an_hour_or_so())
        self.score = Score()
        self.now = 0.0
        # The owner's programs that could run, whether or not they were served: core-seconds.
        self.wanted = 0.0
        self._weights = weights
        self._steps = demand.steps
        self._ends_at = demand.seconds
        self._next = 1
        self._left_at = -math.inf
        self._busy = self._pool = 0.0
        self._orders: list[Order] = []
        self._answers: list[tuple[Order, Worker | None]] = []
        self._replacements = 0
        self._settle()

    # --- what can be seen -------------------------------------------------------------------------

    @property
    def owner(self) -> Step:
        """What the owner asks for now."""
        return self._steps[self._next - 1]

    @property
    def held_bytes(self) -> int:
        """The pilots' memory, that of frozen ones included."""
        return len(self.crew.alive) * self.crew.size.memory_bytes

    @property
    def available_bytes(self) -> int:
        """Memory that nobody has taken."""
        return self.machine.memory_bytes - self.owner.memory_bytes - self.held_bytes

    @property
    def keyboard_idle(self) -> float:
        """Seconds since somebody was at the keyboard."""
        return 0.0 if self.owner.present else self.now - self._left_at

    @property
    def steady_until(self) -> float:
        """When something happens next, if nobody gives an order; at the latest the end of the demand."""
        return min(self._event_at, self._ends_at)

    def counters(self, at: float | None = None) -> Counters:
        """The kernel's, now, or at a later moment if nothing happens until then."""
        ahead = 0.0 if at is None else at - self.now
        pool = self._pool + ahead * self._used
        busy = self._busy + ahead * (self._got + self._used)
        return Counters(self.now + ahead, busy, pool)

    # --- what can be done -------------------------------------------------------------------------

    def order(self, verb: Verb, worker: Worker | None = None, name: str = "", token: Any = None) -> None:
        """Ask the engine for something. All is done at once and side by side."""
        number = 0 if worker is None else worker.number
        self._orders.append(Order(verb, self.now, self.now + LATENCY[verb], number, name, token))
        self._settle()

    @property
    def has_answers(self) -> bool:
        """Whether the engine has done anything since the last call of `answers`."""
        return bool(self._answers)

    def answers(self) -> list[tuple[Order, Worker | None]]:
        """What the engine has done since the last call, and to whom."""
        found, self._answers = self._answers, []
        return found

    def advance(self, to: float) -> None:
        """Let time pass. What happens at that very moment has happened."""
        while self._event_at <= to:
            self._pass(self._event_at)
            self._happen()
        self._pass(to)

    def _pass(self, to: float) -> None:
        seconds, score = to - self.now, self.score
        self.now = to
        self._busy += (self._got + self._used) * seconds
        self._pool += self._used * seconds
        self.wanted += self.owner.cores * seconds
        self.crew.clock += self._each * seconds
        score.seconds += seconds
        score.wanted += self.owner.cores * seconds
        score.harvested += self._used * seconds
        score.stolen += (self.owner.cores - self._got) * seconds
        if self._noticed:
            score.impact += seconds

    def _happen(self) -> None:
        if self._next < len(self._steps) and self._steps[self._next].at <= self.now:
            if self.owner.present:
                self._left_at = self.now
            self._next += 1
        due = [order for order in self._orders if order.due_at <= self.now]
        self._orders = [order for order in self._orders if order.due_at > self.now]
        for order in due:
            self._answers.append((order, self._do(order)))
        self._replacements += self.crew.let_end(self.now)
        self._settle()

    def _do(self, order: Order) -> Worker | None:
        crew = self.crew
        if order.verb is Verb.START:
            # A start in the place of a pilot that ended by itself is no action of the policy.
            free = self._replacements > 0
            self._replacements -= free
            self.score.actions += not free
            return crew.start(order.name, order.given_at)
        worker = crew.workers.get(order.number)
        if worker is None:
            return None
        if order.verb is Verb.REAP:
            crew.remove(worker)
            return worker
        self.score.actions += 1
        if order.verb is Verb.FREEZE:
            crew.freeze(worker)
        elif order.verb is Verb.THAW:
            crew.thaw(worker)
        elif order.verb is Verb.STOP:
            crew.stop(worker, self.now)
        else:
            crew.kill(worker, self.now)
        return worker

    def _settle(self) -> None:
        """Who gets what from now on, and until when."""
        crew, owner = self.crew, self.owner
        while self.available_bytes < 0 and crew.alive:
            # Every pilot is the kernel's first choice; of equals it takes the one that began last.
            crew.kill(crew.alive[-1], self.now, out_of_memory=True)
            self.score.impact += STALL_SECONDS
        self.score.lost = crew.lost
        wants = crew.running * crew.size.cores
        self._got, self._used = share(owner.cores, wants, self.machine.cores, self._weights)
        self._each = self._used / crew.running if crew.running else 0.0
        self._noticed = noticed(owner.cores, owner.cores - self._got)
        self._event_at = min(
            self._steps[self._next].at if self._next < len(self._steps) else math.inf,
            min((order.due_at for order in self._orders), default=math.inf),
            crew.next_leave,
            self.now + max(crew.next_done - crew.clock, 0.0) / self._each if self._each else math.inf,
        )
