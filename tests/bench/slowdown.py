"""How much longer the owner's work takes with pilots on every core. Interleaved rounds, medians."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from statistics import median

import docker

from tests.bench.owner import seconds_for
from tests.e2e.agent_process import AgentProcess

CORES = os.cpu_count() or 1
ROUNDS = 5


@contextlib.contextmanager
def unmanaged(image: str) -> Iterator[None]:
    """A container with Docker's defaults on every core: what people do who have no agent."""
    client = docker.from_env()
    running = [client.containers.run(image, ["/pilot"], detach=True) for _ in range(CORES)]
    time.sleep(1)
    try:
        yield
    finally:
        for container in running:
            container.remove(force=True)
        client.close()


def measure(agent: AgentProcess, image: str) -> list[tuple[str, str, str]]:
    """Rows (what, figure, goal)."""
    alone, defaults, priority, managed = [], [], [], []
    agent.configure(
        release={"freeze_after_seconds": None, "stop_after_seconds": None, "kill_after_seconds": None}
    )
    agent.start()
    for _ in range(ROUNDS):
        agent.run("pause")
        agent.wait_for_running(0, 20)
        alone.append(seconds_for(CORES))
        with unmanaged(image):
            defaults.append(seconds_for(CORES))
        agent.configure(release={"freeze_after_seconds": None})
        agent.run("resume")
        agent.wait_for_running(CORES, 60)
        priority.append(seconds_for(CORES))
        agent.configure(release={"freeze_after_seconds": 0})
        agent.wait_for_running(CORES, 60)
        managed.append(seconds_for(CORES))
    base = median(alone)

    def ratio(times: list[float]) -> str:
        return f"{median(times) / base:.3f} x"

    return [
        (f"owner alone, {CORES} processes", f"{base:.2f} s", ""),
        ("owner, unmanaged containers on every core", ratio(defaults), ""),
        ("owner, full pilots, kernel priority only", ratio(priority), ""),
        ("owner, full pilots, agent", ratio(managed), "<= 1.01 x"),
    ]
