"""An owner by numbers: processes that use so many cores, and how much of it they did not get."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from ctypes import c_double
from types import TracebackType
from typing import Any

# One turn of working and resting. Shorter than the agent's second, longer than the scheduler's slice.
TURN_SECONDS = 0.1


class Generator:
    """One process a core; `use` spreads the cores over them. A context manager."""

    def __init__(self, cores: int) -> None:
        # Not a fork of this process: its memory and locks are not the owner's.
        spawn: Any = multiprocessing.get_context("spawn")
        self._wanted = [spawn.Value(c_double, 0.0) for _ in range(cores)]
        self._missed = [spawn.Value(c_double, 0.0) for _ in range(cores)]
        pairs = zip(self._wanted, self._missed, strict=True)
        self._workers = [spawn.Process(target=_work, args=pair, daemon=True) for pair in pairs]

    def __enter__(self) -> Generator:
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.kill()
            worker.join()

    def use(self, cores: float) -> None:
        """From now on use so many."""
        for wanted, share in zip(self._wanted, _shares(cores), strict=False):
            wanted.value = share

    def missed_core_seconds(self) -> float:
        """What was wanted and not served so far."""
        missed: float = sum(one.value for one in self._missed)
        return missed


def _shares(cores: float) -> Iterator[float]:
    """Whole cores first: 1.5 is one process that never rests and one that rests half of the time."""
    while True:
        yield min(max(cores, 0.0), 1.0)
        cores -= 1.0


def _work(wanted: Any, missed: Any) -> None:
    while True:
        began, used = time.monotonic(), time.process_time()
        share = wanted.value
        while time.monotonic() - began < share * TURN_SECONDS:
            pass
        missed.value += max(time.monotonic() - began - (time.process_time() - used), 0.0)
        time.sleep(max(began + TURN_SECONDS - time.monotonic(), 0.0))
