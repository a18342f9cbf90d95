"""Pilots fill the idle host, give way to its owner, and come back. All of it real."""

from __future__ import annotations

import os
import time

from tests.e2e.agent_process import AgentProcess, busy, cpu_seconds_of, idle_cores
from tests.e2e.waiting import wait_for

CORES = os.cpu_count() or 1


def test_pilots_fill_the_free_cores_and_nothing_else(agent: AgentProcess) -> None:
    agent.start().wait_for_running(CORES, 30)
    assert idle_cores(2) < 0.4
    assert agent.metric("plancton_pilots_target") == CORES
    assert agent.metric('plancton_pilots{kind="default",state="running"}') == CORES
    assert agent.metric("plancton_pool_weight_lowest") == 1


def test_a_load_on_every_core_drives_all_pilots_away_and_they_return_after_the_calm(
    agent: AgentProcess,
) -> None:
    agent.configure(grow={"calm_seconds": 5})
    agent.start().wait_for_running(CORES, 30)

    with busy(CORES) as owner:
        agent.wait_for_running(0, 10)
        before = [cpu_seconds_of(p.pid) for p in owner]
        time.sleep(3)
        gained = sum(cpu_seconds_of(p.pid) - b for p, b in zip(owner, before, strict=True))
    load_ended_at = time.monotonic()

    assert gained > 0.8 * 3 * CORES, "the owner did not get the cores"
    assert idle_cores(2) > CORES - 0.5, "the cores that were given back are not free"
    agent.wait_for_running(CORES, 30)
    assert time.monotonic() - load_ended_at >= 5, "pilots came back within the calm window"
    kills = agent.metric('plancton_pilot_kills_total{kind="default",reason="owner_cpu"}')
    assert kills == CORES
    assert agent.metric('plancton_pilot_cpu_seconds_total{fate="lost",kind="default"}') > 0


def test_no_more_pilots_go_than_the_owner_needs(agent: AgentProcess) -> None:
    agent.start().wait_for_running(CORES, 30)
    with busy(1):
        agent.wait_for_running(CORES - 1, 10)
        time.sleep(3)
        assert len(agent.running()) == CORES - 1


def test_a_dedicated_host_keeps_its_pilots_under_load(agent: AgentProcess) -> None:
    agent.configure(mode="dedicated")
    pilots = agent.start().wait_for_running(CORES, 30)
    with busy(CORES):
        time.sleep(4)
        assert agent.running() == pilots


def test_a_dry_run_decides_and_touches_nothing(agent: AgentProcess) -> None:
    agent.configure(mode="dry-run")
    agent.start()
    wait_for("a decision to start", lambda: "starting 1 pilot" in agent.status()["sentence"], 20)
    time.sleep(2)
    assert agent.running() == []
    assert agent.metric("plancton_pilots_target") == CORES


def test_pilots_that_end_by_themselves_are_removed_and_followed_by_others(agent: AgentProcess) -> None:
    # Long enough for all to run at once: the engine's work for one start is the owner's CPU for a second.
    agent.configure(pilot={"environment": {"PILOT_SECONDS": "10"}})
    agent.start().wait_for_running(CORES, 60)
    done = 'plancton_pilot_exits_total{kind="default",outcome="done"}'
    wait_for("pilots that end well", lambda: agent.metric(done) >= CORES + 1, 60)
    assert agent.metric('plancton_pilot_cpu_seconds_total{fate="useful",kind="default"}') > 0
    left = agent.docker.api.containers(all=True, filters={"label": f"plancton.agent={agent.name}"})
    assert len(left) <= 2 * CORES
