"""The verbs report, fleet and demand: the whole facility, from beside its monitor or its pool.

What they do is loaded when they are called: an agent builds the same parser and asks no Prometheus.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from plancton.cli.why import since
from plancton.demand.command import add_options, serve

AddVerb = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]

URL_VARIABLE = "PLANCTON_PROMETHEUS"
USUAL_URL = "http://127.0.0.1:9090"
BY = ("site", "host", "kind")


def add_verbs(verb: AddVerb) -> None:
    """Both verbs and their options."""
    told = verb("report", _report, "Core-hours harvested, useful and lost, from Prometheus.")
    _access(told)
    told.add_argument(
        "--from",
        dest="start",
        type=when,
        metavar="WHEN",
        help="30m or 8h ago, 14:30, 2026-01, 2026-01-31, '2026-01-31 14:30' (default: this month's first)",
    )
    told.add_argument("--to", dest="end", type=when, metavar="WHEN", help="a moment, too (default: now)")
    told.add_argument(
        "--by",
        action="append",
        choices=BY,
        help="a row for each site (default), host, kind; given again, for each pair of them",
    )
    told.add_argument("--every", choices=["day", "month"], help="in rows of so long")
    told.add_argument("--format", default="table", choices=["table", "csv", "json"])
    _add_fleet(verb)
    add_options(verb("demand", serve, "Beside a pool of HTCondor: tell hosts how many jobs wait for them."))


def _add_fleet(verb: AddVerb) -> None:
    live = verb("fleet", _fleet, "All hosts live, the worst first. The key q ends it.")
    _access(live)
    live.add_argument(
        "--inventory",
        type=Path,
        metavar="FILE",
        help="ask the agents of this Ansible inventory themselves, and no Prometheus",
    )
    live.add_argument(
        "--sort", default="worst", metavar="COLUMN", help="a column's name (default: worst first)"
    )
    live.add_argument("--reverse", action="store_true", help="the other end first")
    live.add_argument("--once", action="store_true", help="print it once, as plain text")
    live.add_argument("--json", action="store_true", help="print it once, as an object with all hosts")


def _access(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--prometheus",
        default=os.environ.get(URL_VARIABLE) or USUAL_URL,
        metavar="URL",
        help=f"default: the environment's {URL_VARIABLE}, else {USUAL_URL}",
    )
    parser.add_argument(
        "--credentials", type=Path, metavar="FILE", help="with user:password for it, in one line"
    )
    parser.add_argument(
        "--ca", type=Path, metavar="FILE", help="with the authorities that its certificate is of"
    )


def when(text: str) -> float:
    """Unix time of an option: a month, or what `plancton why --since` takes."""
    if not re.fullmatch(r"\d{4}(-\d{2})?", text):
        return since(text)
    # Python would take some of these for a time of the day: 20:26 in a zone 13 hours west of Greenwich.
    try:
        return datetime.fromisoformat(f"{text}-01").timestamp()
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a month such as 2026-01, not {text!r}") from None


def _report(options: argparse.Namespace) -> int:
    from plancton.cli.report import report  # noqa: PLC0415 - see above

    return report(options)


def _fleet(options: argparse.Namespace) -> int:
    from plancton.cli.fleet import fleet  # noqa: PLC0415 - see above

    return fleet(options)
