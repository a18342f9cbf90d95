"""What happens on a host is seen by a real Prometheus, and a saturated host calls through Alertmanager."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.agent_process import AgentProcess, busy
from tests.e2e.monitoring import Monitoring
from tests.e2e.waiting import wait_for

CORES = os.cpu_count() or 1


@pytest.fixture
def monitoring(tmp_path: Path, agent: AgentProcess) -> Iterator[Monitoring]:
    stack = Monitoring(tmp_path / "monitoring", agent.port)
    stack.start()
    yield stack
    stack.close()


def test_prometheus_sees_the_target_and_what_its_pilots_do(
    agent: AgentProcess, monitoring: Monitoring
) -> None:
    agent.start().wait_for_running(CORES, 40)
    wait_for("the target", lambda: monitoring.query('up{job="plancton"}') == {"this-host": 1}, 20)
    running = 'plancton_pilots{state="running"}'
    wait_for("the pilots' series", lambda: monitoring.query(running) == {"this-host": CORES}, 30)
    used = 'rate(plancton_cpu_seconds_total{consumer="pilots"}[10s])'
    wait_for("their CPU", lambda: monitoring.query(used).get("this-host", 0) > 0.5 * CORES, 30)
    with busy(CORES):
        # Not exactly: whatever else this machine does may have cost a pilot before.
        kills = 'sum by (instance) (plancton_pilot_kills_total{reason="owner_cpu"})'
        wait_for("the kills", lambda: monitoring.query(kills).get("this-host", 0) >= CORES, 20)
        wait_for("the end of the pilots", lambda: monitoring.query(running) == {"this-host": 0}, 20)


def test_a_saturated_host_whose_pilots_stay_calls_through_alertmanager_and_is_resolved(
    agent: AgentProcess, monitoring: Monitoring
) -> None:
    agent.configure(release={"kill_after_seconds": 3600})  # the fault: pilots do not give way
    agent.start().wait_for_running(CORES, 40)
    alert = "PlanctonHostSaturated"
    with busy(CORES):
        wait_for("the call", lambda: "firing" in monitoring.webhook.statuses_of(alert), 90)
    agent.configure(release={"kill_after_seconds": 0})
    wait_for("its end", lambda: "resolved" in monitoring.webhook.statuses_of(alert), 240)


def test_an_agent_that_is_gone_calls(agent: AgentProcess, monitoring: Monitoring) -> None:
    agent.start()
    wait_for("the target", lambda: monitoring.query('up{job="plancton"}') == {"this-host": 1}, 20)
    agent.end()
    fired = monitoring.webhook.statuses_of
    wait_for("the call", lambda: "firing" in fired("PlanctonAgentDown"), 30)
