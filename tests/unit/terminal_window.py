"""A terminal of the test's own, for commands that show themselves live."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence

# As long as the slower of its users needs on a busy machine.
PATIENCE = 60.0
LEFT = "\x1b[?1049l"


class Window:
    """A terminal and the command in it."""

    def __init__(
        self, command: Sequence[str], columns: int = 100, lines: int = 40, **environment: str
    ) -> None:
        self._ours, theirs = pty.openpty()
        self._shown = ""
        self.before = termios.tcgetattr(theirs)
        self.resize(columns, lines)
        self.theirs = theirs
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm", **environment},
        )

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def until(self, text: str) -> str:
        """What it has shown since the last time, to this text."""
        deadline = time.monotonic() + PATIENCE
        while text not in self._shown:
            assert time.monotonic() < deadline, self._shown
            if select.select([self._ours], [], [], 0.1)[0]:
                self._shown += os.read(self._ours, 65536).decode()
        shown, _, self._shown = self._shown.partition(text)
        return shown + text

    def ended(self) -> int:
        """Its exit status, once the terminal is as it was."""
        self.until(LEFT)
        status = self.process.wait(PATIENCE)
        assert termios.tcgetattr(self.theirs) == self.before
        return status

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self.theirs)
