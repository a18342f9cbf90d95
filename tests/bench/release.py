"""From the owner's first instruction to the first and the last core given back, over many onsets."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from statistics import median, quantiles

from plancton.cgroup import MOUNTS, Pool, find_hierarchy
from tests.e2e.agent_process import AgentProcess, busy

CORES = os.cpu_count() or 1
ONSETS = 20
LONGEST_SECONDS = 10.0


def measure(agent: AgentProcess) -> list[tuple[str, str, str]]:
    """Rows (what, figure, goal). A core is given back when its pilot's cgroup is empty."""
    driver = str(agent.docker.info()["CgroupDriver"])
    pool = Pool(agent.name, driver, find_hierarchy(MOUNTS.read_text()))
    first, last = [], []
    agent.start()
    for _ in range(ONSETS):
        agent.wait_for_running(CORES, 60)
        time.sleep(1 + random.random())  # onsets at any phase of the agent's second
        began = time.monotonic()
        with busy(CORES):
            gone = _times_of_release(pool, began)
        first.append(gone[0])
        last.append(gone[-1])
    return [
        ("first core back, median", f"{median(first):.2f} s", ""),
        ("first core back, 95 %", f"{quantiles(first, n=20)[-1]:.2f} s", "<= 2 s"),
        ("last core back, median", f"{median(last):.2f} s", ""),
        ("last core back, 95 %", f"{quantiles(last, n=20)[-1]:.2f} s", ""),
    ]


def _times_of_release(pool: Pool, began: float) -> list[float]:
    members = list(pool.members().values())
    gone: dict[Path, float] = {}
    while len(gone) < len(members) and time.monotonic() - began < LONGEST_SECONDS:
        for path in members:
            if path not in gone and not _populated(path):
                gone[path] = time.monotonic() - began
        time.sleep(0.01)
    return sorted(gone.values()) or [LONGEST_SECONDS]


def _populated(cgroup: Path) -> bool:
    try:
        return bool((cgroup / "cgroup.procs").read_text())
    except OSError:
        return False
