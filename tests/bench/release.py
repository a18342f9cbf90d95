"""From the owner's first instruction to the first and the last core given back, over many onsets."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from statistics import median, quantiles

from plancton.cgroup import Pool, hierarchy_here
from tests.e2e.agent_process import AgentProcess, busy

CORES = os.cpu_count() or 1
ONSETS = 50
LONGEST_SECONDS = 10.0
V1_FREEZER = Path("/sys/fs/cgroup/freezer")


def measure(agent: AgentProcess) -> list[tuple[str, str, str]]:
    """Rows (what, figure, goal). A core is given back when its pilot's cgroup is frozen or empty."""
    pool = Pool(agent.name, str(agent.docker.info()["CgroupDriver"]), hierarchy_here())
    agent.configure(
        release={
            "freeze_after_seconds": 0,
            "stop_after_seconds": 60,
            "kill_after_seconds": None,
            "thaw_after_seconds": 2,
            "thaw_most_seconds": 2,
        }
    )
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
        (f"first core back, median of {ONSETS} onsets", f"{median(first):.2f} s", ""),
        ("first core back, 99 %", f"{quantiles(first, n=100)[-1]:.2f} s", "<= 2 s"),
        ("last core back, median", f"{median(last):.2f} s", ""),
        ("last core back, 99 %", f"{quantiles(last, n=100)[-1]:.2f} s", "<= 2 s"),
    ]


def _times_of_release(pool: Pool, began: float) -> list[float]:
    members = {name: Path(path) for name, path in pool.members().items()}
    gone: dict[str, float] = {}
    while len(gone) < len(members) and time.monotonic() - began < LONGEST_SECONDS:
        for name, path in members.items():
            if name not in gone and (_frozen(pool, path) or not _populated(path)):
                gone[name] = time.monotonic() - began
        time.sleep(0.01)
    # What never came back is told as the longest wait, not left out.
    never = [LONGEST_SECONDS] * (len(members) - len(gone))
    return sorted([*gone.values(), *never]) or [LONGEST_SECONDS]


def _frozen(pool: Pool, cgroup: Path) -> bool:
    try:
        if pool.hierarchy.unified:
            return "frozen 1" in (cgroup / "cgroup.events").read_text()
        below = cgroup.relative_to(pool.hierarchy.accounting)
        return (V1_FREEZER / below / "freezer.state").read_text().strip() == "FROZEN"
    except OSError:
        return False


def _populated(cgroup: Path) -> bool:
    try:
        return bool((cgroup / "cgroup.procs").read_text())
    except OSError:
        return False
