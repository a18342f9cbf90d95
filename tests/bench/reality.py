"""`python -m tests.bench.reality`: a short day on this machine and in the simulator, side by side.

The owner is a load generator that follows the steps of a demand; pilots, engine, kernel and agent are
real. Then the simulator plays the same demand with the same policy. Nothing else should be busy meanwhile.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from plancton.config.load import load
from plancton.config.policy_of import policy_of
from plancton.core.policy import Policy
from plancton.simulate.agent import Agent
from plancton.simulate.contest import play
from plancton.simulate.crew import PilotSize
from plancton.simulate.demand import Demand, Machine
from plancton.simulate.host import Host
from plancton.simulate.sketch import Sketch
from tests.bench.generator import Generator
from tests.e2e import pilot_image
from tests.e2e.agent_process import AgentProcess

CORES = os.cpu_count() or 1
SECONDS = 600
IMAGE = "plancton-test-pilot:reality"
# The clocks of the defaults, shortened as the day is.
RELEASE = {
    "tolerance_cores": 0.6,
    "reserve_after_seconds": 5,
    "freeze_after_seconds": 0,
    "stop_after_seconds": 60,
    "kill_after_seconds": None,
    "thaw_after_seconds": 3,
    "thaw_most_seconds": 24,
}


@dataclass(frozen=True)
class Figures:
    """What comes out of a day, in core-seconds and numbers."""

    harvested: float
    stolen: float
    lost: float
    actions: float


def short_day() -> Demand:
    """Bursts, three builds on every core, a call, and a long piece of work."""
    sketch = Sketch(Machine(CORES, psutil.virtual_memory().total), SECONDS)
    for at in range(40, 140, 20):
        sketch.work(at, 4, 0.5 * CORES)
    for at in (170, 230, 290):
        sketch.work(at, 20, CORES)
    sketch.work(340, 60, 0.4 * CORES)
    sketch.work(430, 90, CORES)
    return sketch.demand("short day")


def main() -> int:
    """Print a table of both."""
    demand = short_day()
    pilot_image.ensure(IMAGE)
    with tempfile.TemporaryDirectory() as directory:
        agent = AgentProcess(Path(directory), IMAGE)
        agent.configure(grow={"calm_seconds": 5}, release=RELEASE)
        try:
            measured = _measured(agent, demand)
            policy = policy_of(load(agent.config_path))
        finally:
            agent.clean_up()
    simulated = _simulated(policy, demand)
    print(f"{SECONDS} s, {CORES} cores, the owner asks for {demand.core_seconds:.0f} core-s")
    print(f"| {'':24} | {'simulated':>9} | {'measured':>9} |\n| {'-' * 24} | {'-' * 8}: | {'-' * 8}: |")
    for name in ("harvested", "stolen", "lost", "actions"):
        unit = "" if name == "actions" else " core-s"
        print(f"| {name + unit:24} | {getattr(simulated, name):9.1f} | {getattr(measured, name):9.1f} |")
    return 0


def _simulated(policy: Policy, demand: Demand) -> Figures:
    # Real pilots of this test work for ever.
    size = PilotSize(policy.kinds[0].cpus, policy.kinds[0].memory_bytes)
    score = play(Agent("agent", policy), Host(demand, size, jobs=lambda: 1e9), demand)
    return Figures(score.harvested, score.stolen, score.lost, score.actions)


def _measured(agent: AgentProcess, demand: Demand) -> Figures:
    agent.start()
    with Generator(demand.machine.cores) as owner:
        began = time.monotonic()
        for step, seconds in demand.lengths():
            owner.use(step.cores)
            time.sleep(max(began + step.at + seconds - time.monotonic(), 0.0))
        owner.use(0.0)
        stolen = owner.missed_core_seconds()
    time.sleep(1.5)  # the last tick
    text = agent.get("/metrics")
    sums = {name: _sum(text, f"plancton_{name}_total") for name in COUNTERS}
    actions = sum(value for name, value in sums.items() if name.startswith("pilot_"))
    harvested = agent.metric('plancton_cpu_seconds_total{consumer="pilots"}')
    lost = agent.metric('plancton_pilot_cpu_seconds_total{fate="lost",kind="default"}')
    return Figures(harvested, stolen, lost, actions)


COUNTERS = ("pilot_starts", "pilot_freezes", "pilot_thaws", "pilot_stops", "pilot_kills")


def _sum(text: str, family: str) -> float:
    rows = (line.rpartition(" ") for line in text.splitlines() if line.startswith(family))
    return sum(float(value) for _, _, value in rows)


if __name__ == "__main__":
    sys.exit(main())
