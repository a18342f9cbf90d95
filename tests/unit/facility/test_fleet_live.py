"""`plancton fleet` on a terminal of the test's own."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import pytest

from tests.unit.facility.servers import serving
from tests.unit.facility.test_commands import prometheus

PATIENCE = 60.0
LEFT = "\x1b[?1049l"


class Window:
    """A terminal of eight lines and the command in it."""

    def __init__(self, url: str) -> None:
        self._ours, self._theirs = pty.openpty()
        self._shown = ""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", 8, 100, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "plancton", "fleet", "--prometheus", url],
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm"},
        )

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

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)


@pytest.fixture
def url() -> Iterator[str]:
    with serving(prometheus) as address:
        yield f"http://{address}"


def test_keys_page_sort_and_end_it(url: str) -> None:
    window = Window(url)
    try:
        first = window.until("1 to 2 of 2 by worst")
        assert first.index("pc02") < first.index("pc01")
        window.press(b"s")
        second = window.until("1 to 2 of 2 by host")
        assert second.index("pc01") < second.index("pc02")
        window.press(b"r")
        window.until("1 to 2 of 2 by host, reversed")
        window.press(b"q")
        window.until(LEFT)
        assert window.process.wait(PATIENCE) == 0
    finally:
        window.close()


def test_a_prometheus_that_goes_away_leaves_what_was_seen_last() -> None:
    with serving(prometheus) as address:
        window = Window(f"http://{address}")
        window.until("1 to 2 of 2 by worst")
    try:
        frame = window.until("not up to date: no Prometheus answers at")
        assert "2 hosts: 1 up, 1 down" in frame
        assert "pc02" in frame
        window.press(b"q")
        window.until(LEFT)
        assert window.process.wait(PATIENCE) == 0
    finally:
        window.close()
