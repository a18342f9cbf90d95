"""pause, drain, resume, release: the owner's wish, written for the agent to find."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from plancton import intent
from plancton.cli.client import NoAgent, NotRunning, ask, config_for
from plancton.config.schema import Config
from plancton.model import Wish, WishKind

SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
LONGEST_SECONDS = 365 * 86400
# The agent looks for a wish once an interval; this is how long the command waits to see it taken in.
TAKEN_IN_SECONDS = 5.0
# The operator's plays know by it that nothing has changed.
AS_IT_IS = "left as it is"


class BadWish(Exception):
    """The wish cannot be understood or written down. The message is one sentence."""


def parse_duration(text: str) -> float:
    """Seconds of 30m, 8h, 1d12h … Raises BadWish."""
    parts = re.fullmatch(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", text)
    if parts is None or not text:
        raise BadWish(f"DURATION must be such as 30m, 8h or 1d12h, not {text!r}")
    seconds = sum(int(n or 0) * unit for n, unit in zip(parts.groups(), SECONDS.values(), strict=True))
    if not 0 < seconds <= LONGEST_SECONDS:
        raise BadWish(f"DURATION must be between 1s and 365d, not {text!r}")
    return float(seconds)


def pause(options: argparse.Namespace) -> int:
    """`plancton pause`."""
    seconds = None if options.duration is None else parse_duration(options.duration)
    reason = _reason(options)

    def change(old: Wish, now: float) -> Wish:
        until = None if seconds is None else now + seconds
        return Wish(WishKind.PAUSE, until, old.release_before, at=now, reason=reason)

    return _wish(options, change, ends_pilots=True)


def drain(options: argparse.Namespace) -> int:
    """`plancton drain`. The operator's takes the place of no owner's wish, and is not said twice."""
    seconds = None if options.deadline is None else parse_duration(options.deadline)
    reason = _reason(options)

    def change(old: Wish, now: float) -> Wish | None:
        if options.for_operator and old.now(now) is not WishKind.RUN:
            same = old.reason == reason and seconds is None and old.deadline is None
            if not old.for_operator or same:
                return None
        deadline = None if seconds is None else now + seconds
        told = Wish(WishKind.DRAIN, None, old.release_before, at=now, deadline=deadline, reason=reason)
        return replace(told, for_operator=options.for_operator)

    return _wish(options, change, ends_pilots=seconds is not None)


def resume(options: argparse.Namespace) -> int:
    """`plancton resume`. What was released stays released; the operator's ends no owner's wish."""

    def change(old: Wish, now: float) -> Wish | None:
        if options.for_operator and (old.now(now) is WishKind.RUN or not old.for_operator):
            return None
        return Wish(WishKind.RUN, None, old.release_before, at=now)

    return _wish(options, change)


def release(options: argparse.Namespace) -> int:
    """`plancton release`. A pause or a drain in force goes on."""
    return _wish(options, lambda old, now: replace(old, release_before=now, at=now), ends_pilots=True)


def _wish(
    options: argparse.Namespace, change: Callable[[Wish, float], Wish | None], *, ends_pilots: bool = False
) -> int:
    config = config_for(options.config, given=options.config_given)
    path = intent.path_in(config.paths.state_directory)
    now, old = time.time(), intent.read(path)
    # A release that lies ahead (the clock was set back) would hold until that moment comes again.
    wish = change(replace(old, release_before=min(old.release_before, now)), now)
    if wish is None:
        kind = old.now(now)
        told = "pilots are welcome" if kind is WishKind.RUN else f"{kind.value}, asked by {old.asked}"
        print(f"{AS_IT_IS}: {told}.")
        return 0
    _write(path, wish)
    try:
        print(_taken_in(config, wish)["sentence"] + ".")
    except NoAgent as error:
        # The wish is written down: it holds as soon as an agent runs here.
        go_on = ends_pilots and isinstance(error, NotRunning)
        note = "; pilots that run go on until it does" if go_on else ""
        print(f"written down for the agent, but {error}{note}")
        return 1
    return 0


def _reason(options: argparse.Namespace) -> str:
    reason: str = options.reason.strip()
    if not intent.is_reason(reason):
        raise BadWish(
            f"--reason must be a line of at most {intent.LONGEST_REASON} printable characters, not {reason!r}"
        )
    return reason


def _write(path: Path, wish: Wish) -> None:
    try:
        intent.write(path, wish)
    except PermissionError:
        raise BadWish(
            f"you may not write {path}: ask the administrator to put you into the group plancton"
        ) from None
    except OSError as error:
        raise BadWish(f"{path} cannot be written: {error.strerror}") from None


def _taken_in(config: Config, wish: Wish) -> dict[str, Any]:
    """The agent's status once it has seen the wish. Raises NoAgent."""
    deadline = time.monotonic() + TAKEN_IN_SECONDS
    while time.monotonic() < deadline:
        status: dict[str, Any] = ask(config, "/status")
        if status["intent"]["at"] == wish.at:
            return status
        time.sleep(0.1)
    raise NoAgent("the agent has not taken it in yet: is its loop stuck?")
