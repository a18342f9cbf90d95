"""What the agent itself costs: CPU a tick, resident memory."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import psutil

from tests.e2e.agent_process import AgentProcess

CORES = os.cpu_count() or 1
SECONDS = 60
SCRAPE_SECONDS = 15  # as often as Prometheus would


@dataclass(frozen=True)
class Cost:
    """CPU seconds per tick, share of one core, resident memory, and how long a tick lasts."""

    cpu_seconds: float
    core_share: float
    resident_mib: float
    tick_seconds: float


def cost_of(agent: AgentProcess) -> Cost:
    """What a running agent costs, scraped as usual, over a minute."""
    assert agent.process is not None
    process = psutil.Process(agent.process.pid)
    ticks, lasted = _ticks(agent)
    used, began = sum(process.cpu_times()[:2]), time.monotonic()
    for _ in range(SECONDS // SCRAPE_SECONDS):
        time.sleep(SCRAPE_SECONDS)
        agent.get("/metrics")
    used, seconds = sum(process.cpu_times()[:2]) - used, time.monotonic() - began
    ticks, lasted = (after - before for after, before in zip(_ticks(agent), (ticks, lasted), strict=True))
    return Cost(used / ticks, used / seconds, process.memory_info().rss / 1024**2, lasted / ticks)


def _ticks(agent: AgentProcess) -> tuple[float, float]:
    return agent.metric("plancton_tick_seconds_count"), agent.metric("plancton_tick_seconds_sum")


def measure(agent: AgentProcess) -> list[tuple[str, str, str]]:
    """Rows (what, figure, goal), with all pilots running."""
    agent.start().wait_for_running(CORES, 60)
    cost = cost_of(agent)
    return [
        ("agent, CPU per tick (with a scrape every 15 s)", f"{cost.cpu_seconds * 1000:.2f} ms", ""),
        ("agent, share of a core", f"{cost.core_share:.2%}", "<= 0.50 %"),
        ("agent, resident memory", f"{cost.resident_mib:.1f} MiB", "<= 40 MiB"),
    ]
