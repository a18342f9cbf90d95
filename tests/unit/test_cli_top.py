"""`plancton top` in a pipe and on a terminal of the test's own."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from plancton.web.server import close, listen_unix
from tests.unit.office import until
from tests.unit.reports import report_of
from tests.unit.test_web import app_of

PATIENCE = 20.0
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
LEFT = "\x1b[?1049l"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A host without an agent."""
    path = tmp_path / "plancton.yml"
    path.write_text(f"paths: {{run_directory: {tmp_path}, state_directory: {tmp_path}}}")
    return path


@pytest.fixture
def agent(config: Path) -> Iterator[None]:
    server = listen_unix(app_of(report_of()), config.parent / "control.sock")
    yield
    close(server)


def command(config: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "plancton", "top", "--config.file", str(config), *options]


class Window:
    """A terminal and the command in it."""

    def __init__(self, config: Path, columns: int = 100, lines: int = 40, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        self._shown = ""
        self.before = termios.tcgetattr(theirs)
        self.resize(columns, lines)
        self.theirs = theirs
        self.process = subprocess.Popen(
            command(config),
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


@pytest.fixture
def window(config: Path) -> Iterator[Window]:
    found = Window(config)
    yield found
    found.close()


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize("options", [(), ("--once",)])
def test_in_a_pipe_it_is_shown_once_and_as_plain_text(config: Path, options: tuple[str, ...]) -> None:
    ran = subprocess.run(command(config, *options), capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("site, opportunistic")
    assert "default-3  default  frozen     1m30s   1m01s\n" in ran.stdout
    assert "\x1b" not in ran.stdout
    assert ran.stderr == ""


@pytest.mark.usefixtures("agent")
def test_on_a_terminal_that_cannot_move_its_cursor_it_is_shown_once(config: Path) -> None:
    window = Window(config, TERM="dumb")
    assert "\x1b" not in window.until("LAST DECISIONS")
    assert window.process.wait(PATIENCE) == 0
    window.close()


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize("key", [b"q", b"Q"])
def test_it_goes_on_until_its_key_and_gives_the_terminal_back(window: Window, key: bytes) -> None:
    window.until("\x1b[?1049h")
    for _ in range(3):
        window.until("LAST DECISIONS")
    window.press(b"x")
    window.until("LAST DECISIONS")
    window.press(key)
    assert window.ended() == 0


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_signals_end_it_too(window: Window, number: signal.Signals, status: int) -> None:
    window.until("LAST DECISIONS")
    window.process.send_signal(number)
    assert window.ended() == status


@pytest.mark.usefixtures("agent")
def test_a_new_size_is_taken_in_at_once(window: Window) -> None:
    window.until("LAST DECISIONS")
    window.resize(50, 12)
    window.process.send_signal(signal.SIGWINCH)
    lines: list[str] = []
    for _ in range(5):  # one of the old size may be under way
        window.until("\x1b[H")
        lines = [ESCAPE.sub("", line) for line in window.until("\x1b[J").splitlines()]
        if len(lines) == 12:
            break
    assert len(lines) == 12
    assert max(map(len, lines)) == 50


@pytest.mark.usefixtures("agent")
def test_it_can_be_put_to_sleep_and_goes_on(window: Window) -> None:
    window.until("LAST DECISIONS")
    window.process.send_signal(signal.SIGTSTP)
    window.until(LEFT)
    # It has tidied up and is about to stop: woken before that it would sleep for ever, as any program.
    until(lambda: psutil.Process(window.process.pid).status() == psutil.STATUS_STOPPED)
    window.process.send_signal(signal.SIGCONT)
    window.until("\x1b[?1049h")
    window.until("LAST DECISIONS")
    window.press(b"q")
    assert window.ended() == 0


def test_an_agent_that_is_away_is_one_line_and_it_goes_on_trying(config: Path, window: Window) -> None:
    away = "waiting for the agent: no agent answers at "
    window.until("\x1b[H")
    frame = window.until("\x1b[J")
    assert away in frame
    assert "\n" not in frame
    window.until(away)
    server = listen_unix(app_of(report_of()), config.parent / "control.sock")
    window.until("default-3")
    close(server)
    window.until(away)
    window.press(b"q")
    assert window.ended() == 0
