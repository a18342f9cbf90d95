"""The pilots of a simulated host, and the work that each has done."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from plancton.model import PilotState

# A pilot that is asked to end hands its job back and is gone; HTCondor's takes about that long.
HAND_BACK_SECONDS = 2.0
KILLED, TERMINATED = 137, 143
# Sums of many small pieces: a pilot that lacks this much of its work is done.
ROUNDING_SECONDS = 1e-6


@dataclass(frozen=True)
class PilotSize:
    """What one pilot uses while it runs: cores, and bytes from its start to its end."""

    cores: float = 1.0
    memory_bytes: int = 512 * 1024**2


@dataclass
class Worker:
    """One pilot. Times are seconds of the simulation; `work` is what its job takes, in core-seconds.

    `mark` is what the crew's clock showed, or would have shown, when the work began; of a pilot that
    does not run, `done` is the work.
    """

    number: int
    name: str
    created_at: float
    work: float
    mark: float
    state: PilotState = PilotState.RUNNING
    done: float = 0.0
    leaves_at: float = math.inf
    ended_at: float = math.inf
    exit_code: int = 0
    out_of_memory: bool = False

    @property
    def stopping(self) -> bool:
        """Whether it has been asked to end and has not yet."""
        return self.leaves_at < math.inf


def an_hour_or_so(seed: str = "") -> Callable[[], float]:
    """The work of one job after the other, in seconds on its cores: half an hour to one and a half."""
    rng = Random(seed)  # noqa: S311 - it has to be repeatable, not secret
    return lambda: rng.uniform(1800.0, 5400.0)


class Crew:
    """Every pilot that has not been removed. All running ones get the same CPU, since all are alike.

    So one clock serves them all: `clock` is what a pilot that has run from the beginning would have
    used, in core-seconds.
    """

    def __init__(self, size: PilotSize, jobs: Callable[[], float]) -> None:
        self.size = size
        self.clock = 0.0
        self.workers: dict[int, Worker] = {}
        self.version = 0
        self.lost = 0.0
        self._jobs = jobs
        self._numbers = 0
        self.alive: list[Worker] = []
        self.running = 0
        self.next_done = math.inf

    def start(self, name: str, created_at: float) -> Worker:
        """A new pilot that runs."""
        self._numbers += 1
        work = self._jobs() * self.size.cores
        worker = Worker(self._numbers, name, created_at, work, self.clock)
        self.workers[worker.number] = worker
        self._changed()
        return worker

    def freeze(self, worker: Worker) -> None:
        """It keeps its work and its memory."""
        if worker.state is PilotState.RUNNING:
            worker.done, worker.state = self.clock - worker.mark, PilotState.FROZEN
            self._changed()

    def thaw(self, worker: Worker) -> None:
        """It goes on where it was."""
        if worker.state is PilotState.FROZEN:
            worker.mark, worker.state = self.clock - worker.done, PilotState.RUNNING
            self._changed()

    def stop(self, worker: Worker, now: float) -> None:
        """It is asked to end: it runs until it has handed its job back, and that work is lost."""
        self.thaw(worker)
        if worker.state is PilotState.RUNNING and not worker.stopping:
            worker.leaves_at = now + HAND_BACK_SECONDS
            self._changed()

    def kill(self, worker: Worker, now: float, *, out_of_memory: bool = False) -> None:
        """It ends at once, and what it has done is lost."""
        if worker.state is not PilotState.ENDED:
            worker.out_of_memory = out_of_memory
            self._end(worker, now, KILLED)

    def remove(self, worker: Worker) -> None:
        """Nothing is left of it."""
        if self.workers.pop(worker.number, None) is not None:
            self._changed()

    def let_end(self, now: float) -> int:
        """End those whose work is done or whose time to leave has come. How many ended by themselves."""
        done = [w for w in self.alive if self._done_at(w) <= self.clock + ROUNDING_SECONDS]
        for worker in done:
            self._end(worker, now, 0)
        for worker in [w for w in self.alive if w.leaves_at <= now]:
            self._end(worker, now, TERMINATED)
        return len(done)

    def _done_at(self, worker: Worker) -> float:
        return worker.mark + worker.work if worker.state is PilotState.RUNNING else math.inf

    def _end(self, worker: Worker, now: float, exit_code: int) -> None:
        if worker.state is PilotState.RUNNING:
            worker.done = self.clock - worker.mark
        if exit_code:
            self.lost += worker.done
        worker.state, worker.ended_at, worker.exit_code = PilotState.ENDED, now, exit_code
        worker.leaves_at = math.inf
        self._changed()

    def _changed(self) -> None:
        self.version += 1
        self.alive = [w for w in self.workers.values() if w.state is not PilotState.ENDED]
        self.running = sum(w.state is PilotState.RUNNING for w in self.alive)
        self.next_done = min(map(self._done_at, self.alive), default=math.inf)

    @property
    def ended(self) -> list[Worker]:
        """Those that are still to be removed."""
        return [w for w in self.workers.values() if w.state is PilotState.ENDED]

    @property
    def next_leave(self) -> float:
        """When the first that was asked to end is gone."""
        return min((w.leaves_at for w in self.alive), default=math.inf)
