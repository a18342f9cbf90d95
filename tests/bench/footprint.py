"""What the agent itself costs: CPU a tick, resident memory, with all pilots running."""

from __future__ import annotations

import os
import time

import psutil

from tests.e2e.agent_process import AgentProcess

CORES = os.cpu_count() or 1
SECONDS = 60


def measure(agent: AgentProcess) -> list[tuple[str, str, str]]:
    """Rows (what, figure, goal)."""
    agent.start().wait_for_running(CORES, 60)
    assert agent.process is not None
    process = psutil.Process(agent.process.pid)
    ticks = agent.metric("plancton_tick_seconds_count")
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    for _ in range(SECONDS // 15):  # scraped as often as Prometheus would
        time.sleep(15)
        agent.get("/metrics")
    used, lasted = sum(process.cpu_times()[:2]) - before, time.monotonic() - began
    ticks = agent.metric("plancton_tick_seconds_count") - ticks
    return [
        ("agent, CPU per tick (with a scrape every 15 s)", f"{used / ticks * 1000:.2f} ms", ""),
        ("agent, share of a core", f"{used / lasted:.2%}", "<= 0.50 %"),
        ("agent, resident memory", f"{process.memory_info().rss / 1024**2:.1f} MiB", "<= 40 MiB"),
    ]
