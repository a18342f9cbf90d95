"""fleet: all hosts of the facility, live in the terminal."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from dataclasses import dataclass, replace

from plancton.cli.fleet_screen import View, page_rows, screen
from plancton.cli.screen import Line, Style, cut
from plancton.cli.top import on_a_terminal
from plancton.facility.agents import Asked
from plancton.facility.certificate import context_of
from plancton.facility.fleet import Fleet, Scraped
from plancton.facility.host import Host
from plancton.facility.inventory import BadInventory, authority_of, donors_of
from plancton.facility.page import ORDERS, as_json, ordered
from plancton.facility.prometheus import BadAccess, NoPrometheus, Prometheus

EVERY_SECONDS = 5.0
# Agents are asked twice: only two readings make a rate.
BETWEEN_SECONDS = 2.0
# Where nobody says how large a screen is, as in a pipe: wide, and as long as there are hosts.
USUAL_COLUMNS = 160
# A live view must not keep somebody waiting who presses q.
ANSWER_SECONDS = 10.0


class BadOrder(Exception):
    """There is no such column. The message is one sentence."""


def fleet(options: argparse.Namespace) -> int:
    """`plancton fleet`. Exit status 1: no Prometheus; 2: bad input. Hosts that are down are no failure."""
    try:
        view = View(_order(options.sort), reverse=options.reverse)
        source = _source(options)
        if options.json or options.once or not on_a_terminal():
            return _once(source, view, as_text=not options.json)
        return _live(source, view)
    except (BadAccess, BadInventory, BadOrder) as error:
        print(f"plancton: {error}", file=sys.stderr)
        return 2
    except NoPrometheus as error:
        print(f"plancton: {error}", file=sys.stderr)
        return 1


def _order(name: str) -> str:
    if name not in ORDERS:
        raise BadOrder(f"--sort: there is no column {name!r}, but there are {', '.join(ORDERS)}")
    return name


def _source(options: argparse.Namespace) -> Fleet:
    if options.inventory is not None:
        donors = donors_of(options.inventory)
        return Asked(donors, context_of(authority_of(options.inventory)))
    prometheus = Prometheus(options.prometheus, options.credentials, options.ca, ANSWER_SECONDS)
    return Scraped(prometheus, prometheus.url)


def _once(source: Fleet, view: View, *, as_text: bool) -> int:
    hosts = source.look()
    if isinstance(source, Asked):
        time.sleep(BETWEEN_SECONDS)
        hosts = source.look()
    if as_text:
        width = shutil.get_terminal_size((USUAL_COLUMNS, 0)).columns
        lines = screen(hosts, view, width, None, time.time())
        print("\n".join(line.text.rstrip() for line in lines))
    else:
        print(json.dumps(as_json(ordered(hosts, view.order, reverse=view.reverse)), indent=2))
    return 0


@dataclass
class _Latest:
    """What was seen last: it stays on the screen while nothing answers."""

    hosts: list[Host]
    error: str = ""


def _live(source: Fleet, view: View) -> int:
    from plancton.cli.terminal import Terminal  # noqa: PLC0415 - a minimal Python may have no termios

    latest = _Latest(source.look())  # who cannot be asked at all is told so on the plain screen
    due = time.monotonic() + (BETWEEN_SECONDS if isinstance(source, Asked) else EVERY_SECONDS)
    with Terminal() as live:
        try:
            while True:
                width, height = live.size()
                live.show(_lines(latest, view, width, height))
                keys = live.keys(due - time.monotonic()).lower()
                if "q" in keys:
                    return 0
                view = pressed(view, keys, len(latest.hosts), page_rows(height))
                if time.monotonic() >= due:
                    latest = _look(source, latest)
                    due = time.monotonic() + EVERY_SECONDS
        except KeyboardInterrupt:
            return 0


def _look(source: Fleet, before: _Latest) -> _Latest:
    try:
        return _Latest(source.look())
    except NoPrometheus as error:
        return replace(before, error=str(error))


def _lines(latest: _Latest, view: View, width: int, height: int) -> list[Line]:
    lines = screen(latest.hosts, view, width, height, time.time())
    if latest.error:
        lines[-1] = Line(cut(f"not up to date: {latest.error}", width), Style.WARNING)
    return lines


def pressed(view: View, keys: str, hosts: int, rows: int) -> View:
    """The view after some keys. Pages end where the hosts do."""
    last = max(hosts - 1, 0) // rows
    for key in keys:
        if key == " ":
            view = replace(view, page=min(view.page + 1, last))
        elif key == "b":
            view = replace(view, page=max(min(view.page, last) - 1, 0))
        elif key == "s":
            view = replace(view, order=ORDERS[(ORDERS.index(view.order) + 1) % len(ORDERS)], page=0)
        elif key == "r":
            view = replace(view, reverse=not view.reverse, page=0)
    return view
