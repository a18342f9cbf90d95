"""The rows of the table: (what, figure, goal or note)."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from tests.bench.scale.monitor import EVERY_SECONDS, Monitor
from tests.bench.scale.timing import Timed

Row = tuple[str, str, str]
MIB = 1024**2
DASHBOARD_GOAL_SECONDS, RULES_GOAL_SECONDS = 0.5, 1.0
APPENDED = "rate(prometheus_tsdb_head_samples_appended_total[5m])"
UP = 'sum(up{job="plancton"})'
SERIES = 'avg(scrape_samples_scraped{job="plancton"})'
CPU = 'rate(process_cpu_seconds_total{job="prometheus"}[5m])'
SCRAPE = 'quantile(0.95, scrape_duration_seconds{job="plancton"})'
LASTED = "prometheus_rule_group_last_duration_seconds"


def machine() -> str:
    """What it runs on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")
    memory = psutil.virtual_memory().total / 1024**3
    version = subprocess.run(["prometheus", "--version"], capture_output=True, text=True, check=False)
    words = (version.stdout or version.stderr).split()
    told = words[words.index("version") + 1].split("+")[0]
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {platform.release()}, Prometheus {told}"
    )


def costs(monitor: Monitor) -> Iterator[Row]:
    """Of Prometheus, while nobody looks at a dashboard."""
    figure = monitor.figure
    yield "hosts that answer", f"{figure(UP):.0f}", ""
    yield "series of a host", f"{figure(SERIES):.0f}", ""
    yield "pilots", f"{figure('sum(plancton_pilots)'):,.0f}", ""
    yield "series in the head", f"{figure('prometheus_tsdb_head_series'):,.0f}", ""
    yield "samples appended a second", f"{figure(APPENDED):,.0f}", ""
    yield "a scrape, 95 % of them", f"{figure(SCRAPE) * 1000:.0f} ms", ""
    yield "CPU, cores", f"{figure(CPU):.2f}", ""
    yield from memory(monitor)


def memory(monitor: Monitor) -> Iterator[Row]:
    """Resident, and what Go's runtime uses of it."""
    process = psutil.Process(monitor.process.pid)
    yield "memory, resident", f"{process.memory_info().rss / MIB:,.0f} MiB", ""
    heap = monitor.figure('go_memstats_heap_inuse_bytes{job="prometheus"}')
    yield "memory, heap in use", f"{heap / MIB:,.0f} MiB", ""


def rules(monitor: Monitor) -> Iterator[Row]:
    """How long the groups of an interval take: the slowest of them, and all together.

    Prometheus evaluates each group for itself, at its own moment of the interval. The goal holds for a round
    of every group, and where a round is due with every scrape, for all groups together.
    """
    now = time.time()

    def by_group(expression: str) -> dict[str, float]:
        found = monitor.client.instant(expression, now)
        return {sample.labels["rule_group"].rpartition(";")[2]: sample.value for sample in found}

    intervals = by_group("prometheus_rule_group_interval_seconds")
    usual, worst = by_group(f"avg_over_time({LASTED}[5m])"), by_group(f"max_over_time({LASTED}[5m])")
    rounds: dict[float, list[str]] = defaultdict(list)
    for group, interval in intervals.items():
        rounds[interval].append(group)
    goal = f"goal <= {RULES_GOAL_SECONDS:g} s"
    for interval, groups in sorted(rounds.items()):
        for told, taken in (("on average", usual), ("at worst", worst)):
            seconds = sum(taken.get(group, 0.0) for group in groups)
            note = goal if interval == EVERY_SECONDS else ""
            yield f"{len(groups)} groups every {interval:g} s together, {told}", f"{seconds:.2f} s", note
            slowest, longest = max((taken.get(group, 0.0), group) for group in groups)
            yield f"    the slowest, {longest}, {told}", f"{slowest:.2f} s", goal
    missed = monitor.figure("sum(prometheus_rule_group_iterations_missed_total)")
    yield "rounds missed", f"{missed:.0f}", "goal 0"
    series = monitor.figure('count({__name__=~".+:.+"})')
    yield "recorded series", f"{series:,.0f}", ""


def dashboards(timed: Sequence[Timed]) -> Iterator[Row]:
    """Of all questions together."""
    taken = sorted(seconds for one in timed for seconds in one.seconds)
    yield "questions", str(len(timed)), ""
    goal = f"goal <= {DASHBOARD_GOAL_SECONDS * 1000:.0f} ms"
    for share, note in ((0.5, ""), (0.95, goal), (1.0, "")):
        seconds = taken[min(int(share * len(taken)), len(taken) - 1)]
        yield f"answered within, {share:.0%} of them", f"{seconds * 1000:.0f} ms", note


def commands(url: str, span_seconds: float) -> Iterator[Row]:
    """The command line, with the start of Python."""
    span = f"{int(span_seconds)}s"
    for arguments in (
        ["fleet", "--json"],
        ["report", "--from", span],
        ["report", "--from", span, "--by", "host"],
    ):
        command = [sys.executable, "-m", "plancton", *arguments, "--prometheus", url]
        began = time.monotonic()
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        yield f"plancton {' '.join(arguments)}", f"{time.monotonic() - began:.1f} s", ""
