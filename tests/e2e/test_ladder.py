"""The release ladder on real containers: freeze, stop, kill; and an engine that misbehaves meanwhile."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.agent_process import AgentProcess, busy, idle_cores
from tests.e2e.engine_proxy import EngineProxy, Fault
from tests.e2e.waiting import wait_for

CORES = os.cpu_count() or 1
LADDER = {
    "freeze_after_seconds": 0,
    "stop_after_seconds": 60,
    "stop_grace_seconds": 3,
    "kill_after_seconds": None,
    "thaw_after_seconds": 3,
    "thaw_most_seconds": 3,
}


@pytest.fixture
def proxy() -> Iterator[EngineProxy]:
    # Not below tmp_path: the path of a unix socket must stay below 108 characters.
    with tempfile.TemporaryDirectory(prefix="plancton-") as directory:
        found = EngineProxy(Path(directory))
        yield found
        found.close()


@pytest.fixture
def agent_behind(tmp_path: Path, image: str, proxy: EngineProxy) -> Iterator[AgentProcess]:
    """An agent that reaches the engine through the proxy; its tests look at the engine directly."""
    found = AgentProcess(tmp_path, image)
    found.configure(release=LADDER, engine={"url": proxy.url})
    yield found
    print(found.log())
    found.clean_up()


def counted(agent: AgentProcess, what: str, reason: str = "owner_cpu") -> float:
    return agent.metric(f'plancton_pilot_{what}_total{{kind="default",reason="{reason}"}}')


def states_of(agent: AgentProcess) -> list[str]:
    return [pilot["state"] for pilot in agent.status()["pilots"]]


def test_a_short_load_freezes_pilots_and_they_go_on_where_they_were(agent: AgentProcess) -> None:
    agent.configure(release=LADDER)
    pilots = agent.start().wait_for_running(CORES, 30)
    with busy(CORES):
        wait_for("all to freeze", lambda: agent.frozen() == pilots, 10)
        assert agent.running() == []
        wait_for("the status to say so", lambda: states_of(agent) == ["frozen"] * CORES, 3)
        assert agent.metric('plancton_pilots{kind="default",state="frozen"}') == CORES
        assert "frozen" in agent.run("status").stdout
    assert agent.wait_for_running(CORES, 20) == pilots
    assert idle_cores(2) < 0.4, "they run again, and work"
    assert (counted(agent, "freezes"), counted(agent, "stops"), counted(agent, "kills")) == (CORES, 0, 0)
    assert agent.metric('plancton_pilot_starts_total{kind="default",result="started"}') == CORES


def test_a_long_load_stops_the_frozen_so_that_they_can_hand_their_work_back(agent: AgentProcess) -> None:
    agent.configure(release={**LADDER, "stop_after_seconds": 4})
    agent.start().wait_for_running(CORES, 30)
    stopped = 'plancton_pilot_exits_total{kind="default",outcome="stopped"}'
    with busy(CORES):
        wait_for("all to end", lambda: agent.metric(stopped) == CORES, 30)
        assert (agent.running(), agent.frozen()) == ([], [])
        assert (counted(agent, "stops"), counted(agent, "kills")) == (CORES, 0)
        assert agent.metric('plancton_pilot_cpu_seconds_total{fate="lost",kind="default"}') > 0


def test_who_does_not_listen_is_killed_after_the_grace(agent: AgentProcess) -> None:
    deaf = ["/bin/busybox", "sh", "-c", "trap '' TERM; while :; do :; done"]
    agent.configure(release={**LADDER, "stop_after_seconds": 2}, pilot={"command": deaf})
    agent.start().wait_for_running(CORES, 30)
    with busy(CORES):
        wait_for("the kills", lambda: counted(agent, "kills") == CORES, 30)
        assert counted(agent, "stops") == CORES


def test_frozen_pilots_are_adopted_by_the_successor(agent: AgentProcess) -> None:
    agent.configure(release=LADDER)
    pilots = agent.start().wait_for_running(CORES, 30)
    with busy(CORES):
        wait_for("all to freeze", lambda: agent.frozen() == pilots, 10)
        agent.end()
        agent.start()
        time.sleep(3)
        assert agent.frozen() == pilots
    assert agent.wait_for_running(CORES, 20) == pilots


@pytest.mark.parametrize(
    "fault",
    [
        Fault(r"^GET .*/containers/json", delay_seconds=30),
        Fault(r"^(GET|POST) .*(json|create|start)", drop=True),
        Fault(r"^POST .*(create|start)", delay_seconds=30),
        Fault(r"^GET ", refuse=True),
    ],
    ids=["hanging listing", "dropped", "hanging start", "refused"],
)
def test_nothing_that_the_engine_fails_to_do_delays_the_release(
    agent_behind: AgentProcess, proxy: EngineProxy, fault: Fault
) -> None:
    agent = agent_behind
    pilots = agent.start().wait_for_running(CORES, 30)
    proxy.set(fault)
    time.sleep(2)
    ticks = agent.metric("plancton_tick_seconds_count")
    with busy(CORES):
        wait_for("all to freeze", lambda: agent.frozen() == pilots, 5)
        time.sleep(2)
    assert agent.metric("plancton_tick_seconds_count") - ticks >= 3
    proxy.set()
    assert agent.wait_for_running(CORES, 40) == pilots


def test_an_engine_that_cannot_freeze_is_asked_to_stop_instead(
    agent_behind: AgentProcess, proxy: EngineProxy
) -> None:
    agent_behind.configure(release={**LADDER, "stop_after_seconds": 4})
    agent_behind.start().wait_for_running(CORES, 30)
    proxy.set(Fault(r"/pause", refuse=True))
    with busy(CORES):
        wait_for("all to end", lambda: agent_behind.running() == [], 20)
    wait_for("the counts", lambda: counted(agent_behind, "stops") == CORES, 3)
    assert counted(agent_behind, "freezes") == 0
    failed = 'plancton_engine_errors_total{operation="freeze"}'
    assert agent_behind.metric(failed) > 0
