"""An ordinary CPU weight for the moments in which pilots give way.

Who gets no CPU cannot even stop. The kernel freezes or ends a task only when it is that task's turn, and
that of a pilot with the lowest weight on a busy host comes once in a second or two. The engine gives a
freeze up after a quarter of one (measured: 9 of 10 failed on two busy cores, none with an ordinary
weight, in 0.07 s). So for as long as the engine takes, and no longer than half a second, pilots weigh as
much as anybody.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from plancton import cgroup

# An engine that hangs must not leave pilots with that weight.
LONGEST_SECONDS = 0.5


class Boost:
    """Safe to use from several threads. Does nothing before `pool` is set, or without the right to."""

    def __init__(self, longest_seconds: float = LONGEST_SECONDS) -> None:
        self._longest = longest_seconds
        self._lock = threading.Lock()
        self._holders = 0
        self._timer: threading.Timer | None = None
        self._until = 0.0
        self.pool: cgroup.Pool | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """While in it. Each that comes in begins the half second anew."""
        with self._lock:
            self._holders += 1
            self._begin()
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1
                if not self._holders:
                    self._end()

    @contextmanager
    def settled(self) -> Iterator[bool]:
        """Nobody begins or ends a boost meanwhile; tells whether there is none."""
        with self._lock:
            yield self._timer is None

    def end(self) -> None:
        """Back to the lowest weight, whoever holds it."""
        with self._lock:
            self._end()

    def _begin(self) -> None:
        self._until = time.monotonic() + self._longest
        if self._timer is None:
            self._watch(self._longest)
            if self.pool is not None:
                with suppress(OSError):
                    cgroup.make_ordinary(self.pool)

    def _watch(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def _expire(self) -> None:
        with self._lock:
            left = self._until - time.monotonic()
            if left <= 0:
                self._end()
            elif self._timer is not None:
                self._watch(left)

    def _end(self) -> None:
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        if self.pool is not None:
            with suppress(OSError):
                cgroup.lower(self.pool)
