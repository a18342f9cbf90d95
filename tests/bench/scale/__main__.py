"""`make bench-scale`: what a thousand hosts cost one Prometheus, and how long the dashboards' questions take.

One process stands for all hosts; Prometheus, the rules and the dashboards are the real ones. It takes some
nine minutes, since some rules are evaluated every five. Nothing else should be busy meanwhile.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from tests.bench.scale import figures
from tests.bench.scale.expressions import DASHBOARDS, choices, expressions
from tests.bench.scale.monitor import SITES, Monitor
from tests.bench.scale.server import name_of
from tests.bench.scale.timing import Timed, time_all
from tests.e2e.waiting import free_port

SLOWEST = 8


def main() -> int:
    """Run it and print a table."""
    parser = argparse.ArgumentParser(prog="make bench-scale")
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=7.0, help="of scraping before anything is measured")
    parser.add_argument("--dashboards", type=Path, default=DASHBOARDS, help="a directory of JSON models")
    options = parser.parse_args()
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.scale.server", str(port), str(options.hosts)]
    exporter = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert exporter.stdout is not None
        print(f"{figures.machine()}\n{exporter.stdout.readline().strip()}, scraped every 15 s", flush=True)
        with tempfile.TemporaryDirectory(prefix="plancton-scale-") as name:
            directory = Path(name)
            with Monitor(directory, port, options.hosts) as monitor:
                _measure(monitor, exporter.pid, options)
    finally:
        exporter.terminate()
        exporter.wait(timeout=30)
    return 0


def _measure(monitor: Monitor, exporter: int, options: argparse.Namespace) -> None:
    warm_seconds = options.minutes * 60
    process = psutil.Process(exporter)
    began, used = time.monotonic(), sum(process.cpu_times()[:2])
    time.sleep(warm_seconds)
    _tell("what it costs", figures.costs(monitor))
    cores = (sum(process.cpu_times()[:2]) - used) / (time.monotonic() - began)
    _tell("beside it on the same machine", [("the hosts on paper, cores", f"{cores:.2f}", "")])
    _tell("rules", figures.rules(monitor))
    asked = list(expressions(options.dashboards, name_of(7), SITES[0]))
    timed = time_all(monitor.client.url, asked, list(choices(options.dashboards)), warm_seconds)
    _tell("dashboards", figures.dashboards(timed))
    _tell("the slowest, median of three", _slowest(timed))
    _tell("in the terminal", figures.commands(monitor.client.url, warm_seconds))
    _tell("after all of it", figures.memory(monitor))


def _slowest(timed: list[Timed]) -> Iterator[tuple[str, str, str]]:
    for one in sorted(timed, key=lambda one: one.middle, reverse=True)[:SLOWEST]:
        yield one.what[:70], f"{one.middle * 1000:.0f} ms", f"{one.bytes / 1024:.0f} KiB  {one.text[:90]}"


def _tell(title: str, rows: Iterable[figures.Row]) -> None:
    print(f"\n{title}", flush=True)
    for what, figure, note in rows:
        print(f"  {what:70} {figure:>12}  {note}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
