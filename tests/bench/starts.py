"""Starting a pilot through the agent against a bare `docker run`."""

from __future__ import annotations

import subprocess
import time
from statistics import median

from tests.e2e.agent_process import AgentProcess
from tests.e2e.waiting import wait_for

STARTS = 10


def measure(agent: AgentProcess, image: str) -> list[tuple[str, str, str]]:
    """Rows (what, figure, goal)."""
    bare = median(_docker_run(image) for _ in range(STARTS))
    agent.configure(pool={"max_pilots": 1}, pilot={"environment": {"PILOT_SECONDS": "2"}})
    agent.start()
    count = "plancton_pilot_start_seconds_count"
    wait_for("some starts", lambda: agent.metric(count) >= STARTS, 120)
    through = agent.metric("plancton_pilot_start_seconds_sum") / agent.metric(count)
    return [
        ("docker run of the same image, median", f"{bare:.3f} s", ""),
        ("start through the agent, mean", f"{through / bare:.2f} x", ""),
    ]


def _docker_run(image: str) -> float:
    began = time.monotonic()
    command = ["docker", "run", "--detach", "--network", "none", image, "/pilot"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    took = time.monotonic() - began
    subprocess.run(
        ["docker", "rm", "--force", run.stdout.strip()], capture_output=True, timeout=60, check=True
    )
    return took
