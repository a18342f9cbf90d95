"""The verbs record and simulate on the command line.

What they do is loaded when they are called: an agent builds the same parser and has no use for a
simulator.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from plancton.config.values import Unfit, size

AddVerb = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]

MIB = 1024**2


def add_verbs(verb: AddVerb) -> None:
    """Both verbs and their options."""
    recorder = verb("record", _record, "Write down what the sensors see, for `simulate`; touches nothing.")
    recorder.add_argument("file", type=Path, metavar="FILE", help="a new file: gzipped text")
    recorder.add_argument("--seconds", type=count, metavar="N", help="end by itself; else when interrupted")
    play = verb("simulate", _simulate, "Play policies, baselines and an oracle on the same days.")
    play.add_argument(
        "--policy",
        action="append",
        metavar="FILE",
        help="a configuration file, or the word `defaults`; may be given again. Default: this agent's",
    )
    play.add_argument(
        "--owner", action="append", metavar="NAME", help="a synthetic owner; may be given again. Default: all"
    )
    play.add_argument(
        "--recording", action="append", type=Path, metavar="FILE", help="made by `record`; may be given again"
    )
    play.add_argument("--days", type=count, default=1, metavar="N", help="for each owner (default 1)")
    play.add_argument("--seed", type=int, default=1, metavar="N", help="of the first day (default 1)")
    play.add_argument("--cores", type=count, default=8, metavar="N", help="of the owners' host (default 8)")
    play.add_argument(
        "--memory", type=_size, default=16 * 1024 * MIB, metavar="SIZE", help="of it (default 16GiB)"
    )
    play.add_argument(
        "--equal-weight",
        action="store_true",
        help="give the baselines' pilots Docker's default CPU weight and not the lowest",
    )
    play.add_argument("--jobs", type=count, metavar="N", help="processes (default: one for each core)")
    play.add_argument("--by-owner", action="store_true", help="the figures of each owner, too")
    play.add_argument("--json", action="store_true", help="a list with an object for each policy")
    play.add_argument("--svg", type=Path, metavar="FILE", help="draw a picture")


def count(text: str) -> int:
    """A whole number of at least 1, of an option."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:10]) <= 10**9:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


def _size(text: str) -> int:
    try:
        found: int = size(MIB).read(text)
    except Unfit as unfit:
        raise argparse.ArgumentTypeError(str(unfit)) from None
    return found


def _record(options: argparse.Namespace) -> int:
    from plancton.cli.record import record  # noqa: PLC0415 - see above

    return record(options)


def _simulate(options: argparse.Namespace) -> int:
    from plancton.cli.simulate import simulate  # noqa: PLC0415 - see above

    return simulate(options)
