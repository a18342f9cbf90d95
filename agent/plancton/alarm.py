"""A sleep that a signal handler may end early."""

from __future__ import annotations

import os
import select


class Alarm:
    """A pipe to oneself.

    `threading.Event` would do but for its lock: a handler that runs while the main thread holds it
    waits for itself for ever.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def ring(self) -> None:
        """End the sleep that is going on, or the next one."""
        try:
            os.write(self._writer, b"!")
        except BlockingIOError:
            return  # it has been rung so often that the pipe is full: it rings

    def fileno(self) -> int:
        """Where it can be waited for together with other things."""
        return self._reader

    def wait(self, seconds: float) -> bool:
        """Sleep for so long. True as soon as it rings."""
        rings, _, _ = select.select([self._reader], [], [], seconds)
        if rings:
            os.read(self._reader, 65536)
        return bool(rings)

    def __del__(self) -> None:
        os.close(self._reader)
        os.close(self._writer)
