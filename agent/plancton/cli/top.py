"""top: the host live in the terminal."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time

from plancton.cli.client import NoAgent, NotAllowed, ask, config_for
from plancton.cli.screen import DECISIONS, Line, Style, cut, screen
from plancton.config.schema import Config

EVERY_SECONDS = 1.0
# An agent that hangs must not make the key q wait for long.
ANSWER_SECONDS = 2.0
# Where nobody says how large a screen is, as in a pipe.
USUAL_SIZE = (120, 60)


def show_top(options: argparse.Namespace) -> int:
    """`plancton top`. Where there is no terminal it is shown once."""
    config = config_for(options.config, given=options.config_given)
    if options.once or not on_a_terminal():
        shown = look(config, *shutil.get_terminal_size(USUAL_SIZE))
        print("\n".join(line.text.rstrip() for line in shown))
        return 0
    return _live(config)


def on_a_terminal() -> bool:
    """Whether somebody sees what we print on something that can move its cursor."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in {"", "dumb"}


def _live(config: Config) -> int:
    from plancton.cli.terminal import Terminal  # noqa: PLC0415 - a minimal Python may have no termios

    with Terminal() as live:
        try:
            while True:
                due = time.monotonic() + EVERY_SECONDS
                live.show(look_or_say_why_not(config, *live.size()))
                if "q" in live.keys(due - time.monotonic()).lower():
                    return 0
        except KeyboardInterrupt:
            return 0


def look(config: Config, width: int, height: int) -> list[Line]:
    """The screen as it is now. Raises NoAgent."""
    status = ask(config, "/status", ANSWER_SECONDS)
    decisions = ask(config, f"/why?limit={DECISIONS}", ANSWER_SECONDS)["decisions"]
    return screen(status, decisions, width, height)


def look_or_say_why_not(config: Config, width: int, height: int) -> list[Line]:
    """An agent that is away may come back. Raises NotAllowed."""
    try:
        return look(config, width, height)
    except NotAllowed:
        raise
    except NoAgent as error:
        return [Line(cut(f"waiting for the agent: {error}", width), Style.WARNING)]
