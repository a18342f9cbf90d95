"""report: whose time it was, from Prometheus."""

from __future__ import annotations

import argparse
import sys
import time

from plancton.cli.accounts import as_csv, as_json, as_tables
from plancton.facility.accounting import By, Statement, statements
from plancton.facility.periods import Every, Period, start_of_month
from plancton.facility.prometheus import BadAccess, NoPrometheus, Prometheus
from plancton.spoken import moment

FORMATS = {"table": as_tables, "csv": as_csv, "json": as_json}
# Shorter, and a report is about the distance of two scrapes.
SHORTEST_SECONDS = 1.0


class NoData(Exception):
    """There is nothing to report. The message is one sentence."""


class BadRange(Exception):
    """The times make no sense. The message is one sentence."""


def report(options: argparse.Namespace) -> int:
    """`plancton report`. Exit status 1: no Prometheus, or no data in that time; 2: bad input."""
    by = [By(name) for name in dict.fromkeys(options.by or ["site"])]
    try:
        whole = _range(options, time.time())
        prometheus = Prometheus(options.prometheus, options.credentials, options.ca)
        every = Every(options.every) if options.every else None
        found = statements(prometheus, whole, by, every, _progress)
        _refuse_nothing(found, whole)
    except (BadAccess, BadRange) as error:
        print(f"plancton: {error}", file=sys.stderr)
        return 2
    except (NoPrometheus, NoData) as error:
        print(f"plancton: {error}", file=sys.stderr)
        return 1
    print(FORMATS[options.format](found, by))
    return 0


def _range(options: argparse.Namespace, now: float) -> Period:
    start = start_of_month(now) if options.start is None else options.start
    end = now if options.end is None else min(options.end, now)
    if end - start < SHORTEST_SECONDS:
        raise BadRange(
            f"--from, {moment(start, now)}, must be before --to and before now, {moment(end, now)}"
        )
    return Period(start, end)


def _refuse_nothing(found: list[Statement], whole: Period) -> None:
    if not any(statement.total.hosts for statement in found):
        now = time.time()
        raise NoData(
            f"Prometheus has no data of any agent from {moment(whole.start, now)} to {moment(whole.end, now)}"
        )


def _progress(share: float) -> None:
    """Tells somebody who waits at a terminal how far it is."""
    if sys.stderr.isatty():
        print(f"\r{share:4.0%} read", end="\r\033[K" if share >= 1 else "", file=sys.stderr, flush=True)
