"""Two agents whose pilots work and rest when they are told to, a Prometheus, and what both say."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from typing import Any

import docker

from tests.e2e.agent_process import AgentProcess
from tests.e2e.monitoring import Monitoring
from tests.e2e.waiting import wait_for

PATIENCE = 90.0
SHORT, LONG = ({"environment": {"PILOT_SECONDS": seconds}} for seconds in ("3", "600"))
WHATS = ("harvested", "useful", "lost")


def works_on(agent: AgentProcess) -> bool:
    """Whether a pilot that will not end by itself runs, and the agent has seen it use some CPU."""
    wanted = f"PILOT_SECONDS={LONG['environment']['PILOT_SECONDS']}"
    used = {pilot["id"]: pilot["cpu_seconds"] or 0.0 for pilot in agent.status()["pilots"] or []}
    with contextlib.suppress(docker.errors.NotFound):  # one that has just ended
        found = {id_: agent.docker.api.inspect_container(id_) for id_ in agent.running()}
        return any(
            wanted in one["Config"]["Env"] and used.get(id_[:12], 0.0) > 0.2 for id_, one in found.items()
        )
    return False


def plancton(*arguments: str) -> str:
    command = [sys.executable, "-m", "plancton", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


class Facility:
    """Two agents and a Prometheus, and what the agents say that they counted before they were stopped."""

    def __init__(self, agents: dict[str, AgentProcess], monitoring: Monitoring) -> None:
        self.agents, self.monitoring = agents, monitoring
        self.url = f"http://127.0.0.1:{monitoring.prometheus_port}"
        self.truth = {name: dict.fromkeys(WHATS, 0.0) for name in agents}

    def counters(self, name: str) -> dict[str, float]:
        agent, kind = self.agents[name], "alice" if name == "pc02" else "default"
        ended = 'plancton_pilot_cpu_seconds_total{{fate="{fate}",kind="{kind}"}}'
        return {
            "harvested": agent.metric('plancton_cpu_seconds_total{consumer="pilots"}'),
            **{fate: agent.metric(ended.format(fate=fate, kind=kind)) for fate in ("useful", "lost")},
        }

    def work_and_rest(self, name: str) -> None:
        """Let an agent's pilots end by themselves and by force, until nothing is counted any more."""
        agent = self.agents[name]
        before = self.counters(name)
        wait_for("useful work", lambda: self.counters(name)["useful"] > before["useful"], PATIENCE)
        agent.configure(pilot=LONG)
        wait_for("a pilot that will not end by itself", lambda: works_on(agent), PATIENCE)
        assert agent.run("pause").returncode == 0
        wait_for("lost work", lambda: self.counters(name)["lost"] > before["lost"], PATIENCE)
        wait_for("rest", lambda: agent.status()["pilots"] == [], PATIENCE)
        self.wait_until_scraped(name)

    def wait_until_scraped(self, name: str) -> None:
        """Until Prometheus has the agent's figures as they stand."""
        query = self.monitoring.query
        scraped = {
            "harvested": 'plancton_cpu_seconds_total{consumer="pilots"}',
            "useful": 'plancton_pilot_cpu_seconds_total{fate="useful"}',
            "lost": 'plancton_pilot_cpu_seconds_total{fate="lost"}',
        }

        def same() -> bool:
            told = self.counters(name)
            return all(query(series).get(name) == told[what] for what, series in scraped.items())

        wait_for("Prometheus to have the figures", same, PATIENCE)

    def book(self, name: str) -> None:
        for what, seconds in self.counters(name).items():
            self.truth[name][what] += seconds

    def report(self, *options: str) -> Any:
        return json.loads(plancton("report", "--prometheus", self.url, "--format", "json", *options))

    def by_host(self, *options: str) -> dict[str, dict[str, float]]:
        """Core-seconds."""
        [period] = self.report("--by", "host", *options)["periods"]
        return {row["host"]: core_seconds(row) for row in period["rows"]}


def core_seconds(row: dict[str, Any]) -> dict[str, float]:
    return {what: row[f"{what}_core_hours"] * 3600 for what in WHATS}
