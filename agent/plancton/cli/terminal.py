"""The whole terminal for a while: a screen of its own, keys as they are pressed, and all of it given back."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

from plancton.alarm import Alarm
from plancton.cli.screen import Line, Style

# The screen that full-screen programs have, no cursor, and no line goes on in the next.
ENTER = "\033[?1049h\033[?25l\033[?7l"
LEAVE = "\033[?7h\033[?25h\033[?1049l"
HOME, CLEAR_LINE, CLEAR_BELOW, PLAIN = "\033[H", "\033[K", "\033[J", "\033[0m"
PAINT = {
    Style.HEADING: "\033[1m",
    Style.FROZEN: "\033[36m",
    Style.LEAVING: "\033[33m",
    Style.WARNING: "\033[1;31m",
}
# One that is held down asks the agent once, and not once for each repetition.
MOST_KEYS = 1024
TERMINATED = 128 + signal.SIGTERM


class Terminal:
    """Ours within the `with` block, and however that ends the owner's again. Only for the main thread."""

    def __init__(self) -> None:
        self._screen = sys.stdout.fileno()
        # Without a keyboard (`plancton top </dev/null`) it is shown all the same.
        self._keyboard = sys.stdin.fileno() if sys.stdin.isatty() else None
        self._before: list[Any] | None = None
        self._alarm = Alarm()
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Terminal:
        handlers: dict[signal.Signals, Callable[..., None]] = {
            signal.SIGWINCH: lambda *_: self._alarm.ring(),
            signal.SIGTSTP: lambda *_: self._sleep(),
            signal.SIGTERM: lambda *_: sys.exit(TERMINATED),
            signal.SIGHUP: lambda *_: sys.exit(TERMINATED),
        }
        self._handlers = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        self._take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _take(self) -> None:
        if self._keyboard is not None:
            self._before = termios.tcgetattr(self._keyboard)
            tty.setcbreak(self._keyboard)
        self._put(ENTER)

    def _give_back(self) -> None:
        with suppress(OSError, termios.error):  # a terminal that is gone wants nothing back
            self._put(LEAVE)
            if self._keyboard is not None and self._before is not None:
                termios.tcsetattr(self._keyboard, termios.TCSADRAIN, self._before)

    def _put(self, text: str) -> None:
        # Not by `print`: a handler (^Z) that came while it writes could not use it.
        data = text.encode("utf-8", "replace")
        while data:
            data = data[os.write(self._screen, data) :]

    def _sleep(self) -> None:
        """^Z: the shell gets its screen back for as long as it wants."""
        self._give_back()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._take()
        self._alarm.ring()

    def size(self) -> tuple[int, int]:
        """Columns and lines as they are now."""
        found = os.get_terminal_size(self._screen)
        return found.columns or 80, found.lines or 24

    def show(self, lines: Sequence[Line]) -> None:
        """Replace what is shown, without flicker."""
        painted = (f"{PAINT.get(line.style, '')}{line.text}{PLAIN}{CLEAR_LINE}" for line in lines)
        self._put(HOME + "\n".join(painted) + CLEAR_BELOW)

    def keys(self, seconds: float) -> str:
        """What is typed within so many seconds; empty if nothing is, and when the size changes."""
        watched: list[Any] = [self._alarm] if self._keyboard is None else [self._alarm, self._keyboard]
        ready, _, _ = select.select(watched, [], [], max(seconds, 0.0))
        if self._alarm in ready:
            self._alarm.wait(0.0)
        if self._keyboard is None or self._keyboard not in ready:
            return ""
        pressed = os.read(self._keyboard, MOST_KEYS)
        if not pressed:
            sys.exit(TERMINATED)  # the terminal is gone
        return pressed.decode("ascii", "replace")
