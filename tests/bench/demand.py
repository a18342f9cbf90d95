"""How soon a job runs on a host that is told whether jobs wait, and what an empty queue costs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

from plancton.core.policy import Kind, Policy
from plancton.model import DemandReading, Start
from tests.e2e.agent_process import AgentProcess
from tests.e2e.demand import STARTED, service
from tests.e2e.htcondor import Pool
from tests.e2e.htcondor_agent import lend
from tests.e2e.waiting import wait_for
from tests.unit.makers import NOW
from tests.unit.simulated_host import SimulatedHost

Row = tuple[str, str, str]
TIMES = 5
HOUR_SECONDS = 3600
# As the role has it: a pilot leaves after so long without a job.
IDLE_SECONDS = 300.0


def rows(pool: Pool) -> Iterator[Row]:
    """Rows (what, figure, goal). The hours are told to the policy a tick at a time, and last no hour."""
    what = "pilots started in an hour on an empty queue"
    yield f"{what}, with the demand", f"{hour(DemandReading(0, 0, NOW))}", "<= 1"
    yield f"{what}, without", f"{hour(None)}", ""
    with tempfile.TemporaryDirectory() as directory:
        seconds = _from_submit_to_run(pool, Path(directory))
    yield f"job submitted to job running, no pilot there, median of {TIMES}", f"{median(seconds):.1f} s", ""
    yield "job submitted to job running, no pilot there, worst", f"{max(seconds):.1f} s", ""


def hour(reading: DemandReading | None) -> int:
    """Pilots that a host starts in an hour, each of which finds no work."""
    host = SimulatedHost(
        Policy(default=Kind(demand_probe_seconds=float(HOUR_SECONDS)) if reading else Kind()),
        life_seconds=IDLE_SECONDS,
        exit_code=75,
        demand=lambda t: {"default": replace(reading, asked_at=NOW + t)} if reading else {},
    )
    return sum(tick.count(Start) for tick in host.run(HOUR_SECONDS))


def _from_submit_to_run(pool: Pool, directory: Path) -> list[float]:
    """With the usual 5 s between two looks, and the usual pool."""
    agent = AgentProcess(directory, pool.images.pilot)
    try:
        with service(pool, directory, every_seconds=5) as (_, port):
            url = f"http://127.0.0.1:{port}"
            lend(agent, pool, {"demand_url": url}, {"PLANCTON_IDLE_EXIT_SECONDS": "5"})
            agent.start()
            wait_for("the probe", lambda: agent.metric(STARTED) >= 1, 120)
            return [_one(agent, pool) for _ in range(TIMES)]
    finally:
        agent.clean_up()


def _one(agent: AgentProcess, pool: Pool) -> float:
    wait_for("a host without pilots", lambda: not agent.running(), 180)
    job = pool.queue.submit("sleep 1", f'requirements = PlanctonHost == "{agent.name}"')
    took = pool.queue.wait_until_runs(job, 300)
    pool.queue.wait_until_done(job)
    return took
