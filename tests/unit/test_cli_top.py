"""`plancton top` in a pipe and on a terminal of the test's own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from plancton.web.server import close, listen_unix
from tests.unit.office import until
from tests.unit.reports import report_of
from tests.unit.terminal_window import LEFT, PATIENCE, Window
from tests.unit.test_web import app_of

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


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


@pytest.fixture
def window(config: Path) -> Iterator[Window]:
    found = Window(command(config))
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
    window = Window(command(config), TERM="dumb")
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
