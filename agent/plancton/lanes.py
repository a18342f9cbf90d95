"""Engine calls off the loop. A lane is a few threads for one sort of call.

Calls of one sort never wait for another's: however long a start or a pull hangs, a kill finds a
free thread. The threads are daemons, so that a hung engine does not keep the agent from ending.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

log = logging.getLogger(__name__)


class Lane:
    """Runs calls in the order in which they come, `threads` at a time. Threads are made when needed."""

    def __init__(self, name: str, threads: int) -> None:
        self._name = name
        self._most = threads
        self._threads = 0
        self._open = 0
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = threading.Lock()

    def run(self, call: Callable[[], None]) -> None:
        """Have it called soon, in another thread. The call must not raise."""
        with self._lock:
            self._open += 1
            if self._open > self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()
        self._calls.put(call)

    def _work(self) -> None:
        while True:
            call = self._calls.get()
            try:
                call()
            except Exception:
                # The call promised not to raise. A lane that died of it would stay blocked for ever.
                log.exception("a call in the lane %s has failed", self._name)
            finally:
                with self._lock:
                    self._open -= 1
