"""why: the last decisions, from the agent or, while there is none, from what it wrote down."""

from __future__ import annotations

import argparse
import json
import sys
import time as clock
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any

from plancton.cli.client import NoAgent, ask, config_for
from plancton.cli.wishes import BadWish, parse_duration
from plancton.config.schema import Config
from plancton.history import KEPT
from plancton.history_file import load, path_in
from plancton.spoken import duration, moment, printable

USUAL = 10


def show_why(options: argparse.Namespace) -> int:
    """`plancton why`, the newest last. Exit status 1 if there is no agent, also where its file tells all."""
    config = config_for(options.config, given=options.config_given)
    limit = options.limit or (USUAL if options.since is None else KEPT)
    asked = KEPT if options.since is not None else min(limit, KEPT)
    try:
        decisions = ask(config, f"/why?limit={asked}")["decisions"]
        away = None
    except NoAgent as error:
        decisions, away = _written_down(config), error
        if not decisions:
            raise
    if options.since is not None:
        decisions = [entry for entry in decisions if entry["until"] >= options.since]
    decisions = decisions[-limit:]
    print(json.dumps(decisions, indent=2) if options.json else table(decisions, clock.time()))
    if away is None:
        return 0
    print(f"plancton: {away}; this is what it has written down", file=sys.stderr)
    return 1


def _written_down(config: Config) -> list[dict[str, Any]]:
    """Empty where it may not be read."""
    return [vars(entry) for entry in load(path_in(config.paths.state_directory)).entries]


def table(decisions: list[dict[str, Any]], now: float) -> str:
    """A line for each: when, for how long, what. `now` is Unix time."""
    if not decisions:
        return "No decisions in that time."
    rows = [(moment(entry["at"], now), held(entry), printable(entry["sentence"])) for entry in decisions]
    when, lasted = (max(len(row[column]) for row in rows) for column in (0, 1))
    gap = "  " if lasted else ""
    return "\n".join(f"{row[0]:{when}}  {row[1]:{lasted}}{gap}{row[2]}" for row in rows)


def held(entry: dict[str, Any]) -> str:
    """How long a decision held; nothing for a moment."""
    seconds = entry["until"] - entry["at"]
    return f"for {duration(seconds)}" if seconds >= 1 else ""


def since(text: str) -> float:
    """Unix time of an option: so long ago, a time of the day that has passed last, or a date."""
    with suppress(BadWish):
        return clock.time() - parse_duration(text)
    with suppress(ValueError):
        return _last(time.fromisoformat(text))
    with suppress(ValueError, OverflowError):
        return datetime.fromisoformat(text).timestamp()
    raise argparse.ArgumentTypeError(
        f"must be such as 30m, 8h, 14:30, 2026-01-31 or '2026-01-31 14:30', not {text!r}"
    )


def _last(of_day: time) -> float:
    now = datetime.now().astimezone()
    today = datetime.combine(now, of_day)
    return (today if today.timestamp() <= now.timestamp() else today - timedelta(days=1)).timestamp()
