"""The owner's words: pause, drain, resume, release, why. And that they work without root."""

from __future__ import annotations

import os
import time

from tests.e2e.agent_process import NOBODY, AgentProcess
from tests.e2e.waiting import wait_for

CORES = os.cpu_count() or 1
OWNERS = 4711  # any group that nobody is in by chance


def test_pause_takes_every_pilot_away_and_ends_by_itself(agent: AgentProcess) -> None:
    agent.start().wait_for_running(CORES, 30)
    told = agent.run("pause", "8s")
    assert told.returncode == 0
    assert "paused by root" in told.stdout
    agent.wait_for_running(0, 5)
    assert agent.metric('plancton_intent{intent="pause"}') == 1
    agent.wait_for_running(CORES, 30)
    assert agent.metric('plancton_intent{intent="run"}') == 1


def test_a_pause_survives_a_restart_of_the_agent_and_can_be_asked_while_none_runs(
    agent: AgentProcess,
) -> None:
    agent.start().wait_for_running(CORES, 30)
    agent.end()
    told = agent.run("pause")
    assert told.returncode == 1
    assert "not running" in told.stdout
    agent.start().wait_for_running(0, 10)
    assert agent.run("resume").returncode == 0
    agent.wait_for_running(CORES, 30)


def test_drain_lets_pilots_finish_and_starts_no_more(agent: AgentProcess) -> None:
    agent.configure(pilot={"environment": {"PILOT_SECONDS": "12"}})
    agent.start().wait_for_running(CORES, 60)
    assert agent.run("drain").returncode == 0
    agent.wait_for_running(0, 40)
    time.sleep(3)
    assert agent.running() == []
    # The engine's own work for a start may cost a pilot on a slow machine; the drain must not.
    killed = [line for line in agent.get("/metrics").splitlines() if "kills_total{" in line]
    assert all(line.endswith(" 0.0") for line in killed if "owner_cpu" not in line)
    assert agent.metric('plancton_pilot_exits_total{kind="default",outcome="done"}') >= 1


def test_release_ends_all_pilots_once(agent: AgentProcess) -> None:
    before = agent.start().wait_for_running(CORES, 30)
    assert agent.run("release").returncode == 0
    agent.wait_for_running(0, 5)
    after = agent.wait_for_running(CORES, 30)
    assert not set(before) & set(after)
    time.sleep(3)
    assert agent.running() == after, "a release must not be heard twice"


def test_why_tells_what_happened_with_numbers(agent: AgentProcess) -> None:
    agent.start().wait_for_running(CORES, 30)
    told = agent.run("why", "-n", "50").stdout
    assert "starting 1 pilot" in told
    assert "cores" in told


def test_whoever_is_in_the_group_may_ask_and_wish_and_nobody_else(agent: AgentProcess) -> None:
    state, run = agent.directory / "state", agent.directory / "run"
    os.chown(state, 0, OWNERS)
    state.chmod(0o2770)
    run.mkdir()
    os.chown(run, 0, OWNERS)
    run.chmod(0o2750)
    agent.start()
    os.chown(run / "control.sock", 0, OWNERS)

    assert agent.run_as(OWNERS, "status").returncode == 0
    assert agent.run_as(OWNERS, "pause").returncode == 0
    assert agent.status()["intent"]["by"] == "nobody"
    stranger = agent.run_as(NOBODY, "status")
    assert stranger.returncode == 1
    assert "group plancton" in stranger.stderr
    refused = agent.run_as(NOBODY, "resume")
    assert refused.returncode == 2
    assert "group plancton" in refused.stderr
    wait_for("the pause to be still there", lambda: agent.status()["intent"]["kind"] == "pause", 3)
