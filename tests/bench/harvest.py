"""How much of the truly idle CPU the pilots use on a host that is steady."""

from __future__ import annotations

import os
import time

import psutil

from tests.e2e.agent_process import AgentProcess, busy

CORES = os.cpu_count() or 1
SECONDS = 60


def measure(agent: AgentProcess) -> list[tuple[str, str, str]]:
    """Rows (what, figure, goal): nobody else is there, then an owner who keeps one core busy."""
    agent.start().wait_for_running(CORES, 60)
    rows = [("harvest of the idle CPU, an empty host", f"{_harvested(agent):.1%}", ">= 95 %")]
    if CORES > 1:
        with busy(1):
            agent.wait_for_running(CORES - 1, 20)
            time.sleep(2)
            rows.append(("harvest of the idle CPU, one core busy", f"{_harvested(agent):.1%}", ">= 95 %"))
    return rows


def _harvested(agent: AgentProcess) -> float:
    """Pilots' core-seconds of those that nobody else used."""
    used, idle = _used(agent), psutil.cpu_times().idle
    time.sleep(SECONDS)
    used, idle = _used(agent) - used, psutil.cpu_times().idle - idle
    return used / (used + idle)


def _used(agent: AgentProcess) -> float:
    return agent.metric('plancton_cpu_seconds_total{consumer="pilots"}')
