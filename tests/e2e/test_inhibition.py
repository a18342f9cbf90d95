"""What a real Alertmanager makes of many alerts: one message for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.alertmanager_process import Alertmanager
from tests.e2e.waiting import wait_for

LAB = [f"pc{n:02}" for n in range(1, 41)]


def alert(name: str, instance: str = "", site: str = "", kind: str = "") -> dict[str, str]:
    """As Prometheus sends it: a label without a value is none."""
    labels = {"job": "plancton", "severity": "warning", "instance": instance, "site": site, "kind": kind}
    return {"alertname": f"Plancton{name}", **{key: value for key, value in labels.items() if value}}


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Alertmanager]:
    started = Alertmanager(tmp_path)
    yield started
    started.close()


def test_a_dead_switch_is_one_message_and_what_is_still_wrong_afterwards_another(
    manager: Alertmanager,
) -> None:
    lab = alert("SiteDown", site="lab")
    manager.post([lab])
    wait_for("the message", lambda: {("SiteDown", "lab")} in manager.told(), 60)
    manager.post([alert("AgentDown", host, "lab") for host in LAB])
    manager.post([alert("HostSaturated", "pc01", "lab"), alert("HarvestDropped", site="lab")])
    manager.post([alert("AgentDown", "pc41", "den"), alert("HarvestDropped", site="den")])
    wait_for("what the other site has", lambda: {("AgentDown", "pc41")} in manager.told(), 60)
    states = manager.states()
    assert {state for (_, of), state in states.items() if of in LAB} == {"suppressed"}
    assert states["HarvestDropped", "lab"] == "suppressed"
    assert {name for name, state in states.items() if state == "active"} == {
        ("SiteDown", "lab"),
        ("AgentDown", "pc41"),
        ("HarvestDropped", "den"),
    }
    manager.post([lab], resolved=True)
    agents = {("AgentDown", host) for host in LAB}
    wait_for("all agents in one message", lambda: agents in manager.told(), 60)
    told = [name for message in manager.told() for name in message]
    assert told.count(("SiteDown", "lab")) == 1
    assert ("HostSaturated", "pc01") not in told


def test_what_follows_from_something_else_is_held_back_on_that_host_alone(manager: Alertmanager) -> None:
    causes = [
        alert("AgentDown", "pc01", "lab"),
        alert("EngineDown", "pc02", "lab"),
        alert("BlackHole", "pc03", "lab", "local"),
        alert("HostSaturated", "pc04", "lab"),
        alert("KindFizzling", kind="alice"),
    ]
    manager.post(causes)
    wait_for("the causes", lambda: len(manager.told()) >= len(causes), 60)
    follow = {
        ("TicksLate", "pc01"): alert("TicksLate", "pc01", "lab"),
        ("ImageStale", "pc02"): alert("ImageStale", "pc02", "lab", "alice"),
        ("NoPilots", "pc03"): alert("NoPilots", "pc03", "lab"),
        ("OwnerImpact", "pc04"): alert("OwnerImpact", "pc04", "lab"),
        ("BlackHole", "pc05"): alert("BlackHole", "pc05", "lab", "alice"),
    }
    others = {
        ("TicksLate", "pc06"): alert("TicksLate", "pc06", "lab"),
        ("DiskLow", "pc02"): alert("DiskLow", "pc02", "lab"),
        ("NoPilots", "pc07"): alert("NoPilots", "pc07", "lab"),
        ("BlackHole", "pc08"): alert("BlackHole", "pc08", "lab", "local"),
    }
    manager.post([*follow.values(), *others.values()])
    wait_for(
        "all that stands for itself",
        lambda: set(others) <= {name for message in manager.told() for name in message},
        60,
    )
    states = manager.states()
    assert {states[name] for name in follow} == {"suppressed"}
    assert {states[name] for name in others} == {"active"}
    assert set(follow).isdisjoint(name for message in manager.told() for name in message)
