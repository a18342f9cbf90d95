"""What outlives the agent and the engine, and who is left alone."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import pilot_image
from tests.e2e.agent_process import AgentProcess
from tests.e2e.engine_process import EngineProcess
from tests.e2e.waiting import wait_for

CORES = os.cpu_count() or 1


@pytest.fixture
def engine() -> Iterator[EngineProcess]:
    # Not below tmp_path: the paths of containerd's sockets must stay below 108 characters.
    process = EngineProcess(Path(tempfile.mkdtemp(prefix="plancton-")) / "engine")
    try:
        process.start()
        yield process
    finally:
        process.clean_up()


@pytest.fixture
def agent_of_it(tmp_path: Path, engine: EngineProcess) -> Iterator[AgentProcess]:
    """An agent that works with the second engine."""
    image = pilot_image.ensure("plancton-test-pilot:e2e", str(engine.socket))
    agent = AgentProcess(tmp_path, image, engine.url)
    yield agent
    print(agent.log())
    agent.clean_up()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_successor_of_an_agent_that_died_adopts_its_pilots(
    agent: AgentProcess, how: signal.Signals
) -> None:
    pilots = agent.start().wait_for_running(CORES, 30)
    agent.end(how)
    assert agent.running() == pilots, "pilots must outlive their agent"

    agent.start()
    wait_for("the adoption", lambda: len(agent.status()["pilots"] or []) == CORES, 20)
    time.sleep(4)  # longer than the calm window: a doubled pilot would be there by now
    assert agent.running() == pilots
    assert agent.metric('plancton_pilot_starts_total{kind="default",result="started"}') == 0


def test_an_engine_that_stops_is_told_nothing_grows_and_all_recovers(
    agent_of_it: AgentProcess, engine: EngineProcess
) -> None:
    agent = agent_of_it
    agent.start().wait_for_running(CORES, 30)
    started = 'plancton_pilot_starts_total{kind="default",result="started"}'
    engine.kill()
    wait_for("engine_up 0", lambda: agent.metric("plancton_engine_up") == 0, 20)
    assert agent.status()["limit"]["name"] == "blind"
    before = agent.metric(started)
    time.sleep(4)
    assert agent.metric(started) == before
    assert agent.metric('plancton_engine_errors_total{operation="list"}') > 0
    engine.start()
    wait_for("engine_up 1", lambda: agent.metric("plancton_engine_up") == 1, 30)
    agent.wait_for_running(CORES, 60)


def test_an_engine_that_hangs_delays_neither_the_loop_nor_a_scrape(
    agent_of_it: AgentProcess, engine: EngineProcess
) -> None:
    agent = agent_of_it
    agent.start().wait_for_running(CORES, 30)
    late = agent.metric("plancton_ticks_late_total")
    with engine.hung():
        wait_for("engine_up 0", lambda: agent.metric("plancton_engine_up") == 0, 30)
        began = time.monotonic()
        agent.get("/metrics")
        assert time.monotonic() - began < 1
    assert agent.metric("plancton_ticks_late_total") <= late + 1
    wait_for("engine_up 1", lambda: agent.metric("plancton_engine_up") == 1, 30)


def test_a_stranger_s_container_is_never_touched(agent: AgentProcess, image: str) -> None:
    def stranger(name: str, **labels: str) -> str:
        container = agent.docker.containers.run(
            image, ["sleep", "120"], name=name, labels=labels, detach=True, network_mode="none"
        )
        assert container.id
        return container.id

    strangers = [
        stranger(f"{agent.name}-default-1"),
        stranger(f"{agent.name}-other", **{"plancton.agent": f"{agent.name}2"}),
        stranger(f"{agent.name}-kind", **{"plancton.kind": "default"}),
    ]
    ended = agent.docker.containers.run(
        image, ["true"], name=f"{agent.name}-ended", detach=True, network_mode="none"
    )
    try:
        agent.start().wait_for_running(CORES, 30)
        assert agent.run("release").returncode == 0
        agent.wait_for_running(0, 10)
        assert agent.run("pause").returncode == 0
        time.sleep(2)
        for container_id in strangers:
            assert agent.docker.containers.get(container_id).status == "running"
        assert agent.docker.containers.get(ended.id or "").status == "exited"
    finally:
        for container_id in [*strangers, ended.id or ""]:
            agent.docker.containers.get(container_id).remove(force=True)


def test_the_history_outlives_an_agent_that_is_killed_and_can_be_read_without_one(
    agent: AgentProcess,
) -> None:
    agent.start().wait_for_running(CORES, 30)
    time.sleep(6)  # the scribe pauses for two seconds, and writes what goes on every five
    before = json.loads(agent.get("/why"))["decisions"]
    killed_at = time.time()
    agent.end(signal.SIGKILL)

    told = agent.run("why", "--json", "-n", "1000")
    assert told.returncode == 1
    assert "it is not running; this is what it has written down" in told.stderr
    written = json.loads(told.stdout)
    old = [e["at"] for e in before if e["at"] < killed_at - 4]
    assert old
    assert [e["at"] for e in written][: len(old)] == old
    assert killed_at - written[-1]["until"] < 10

    agent.start()
    wait_for("what went before", lambda: agent.run("why", "-n", "1000").stdout.count(" started\n") == 2, 10)
    after = json.loads(agent.get("/why"))["decisions"]
    assert [e["at"] for e in after[: len(written)]] == [e["at"] for e in written]
    assert after[len(written)]["sentence"].endswith("started")
    agent.end()
    assert agent.run("why").stdout.endswith("the agent stopped; running pilots go on\n")
