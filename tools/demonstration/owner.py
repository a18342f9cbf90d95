"""The owner's work: one busy process for each core, each ended by its own clock, whatever becomes of us."""

from __future__ import annotations

import os
import subprocess
import sys
import time

BUSY = "import sys, time\nend = time.monotonic() + float(sys.argv[1])\nwhile time.monotonic() < end: pass"


class Owner:
    """Idle until `begin`; never busy twice."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.began_at: float | None = None
        self.cores = os.cpu_count() or 1
        self._busy: list[subprocess.Popen[bytes]] = []

    def begin(self) -> None:
        """Keep all cores busy from now on."""
        self.began_at = time.monotonic()
        argv = [sys.executable, "-S", "-c", BUSY, str(self.seconds)]
        for _ in range(self.cores):
            self._busy.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL))

    @property
    def busy(self) -> bool:
        """Whether the work goes on."""
        return any(process.poll() is None for process in self._busy)

    def end(self) -> None:
        """At once, if it still goes on."""
        for process in self._busy:
            process.kill()
            process.wait()
