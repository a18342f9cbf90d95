"""The pilots' own network: who is in it reaches what is open, nobody else, and the guard heals itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.agent_process import AgentProcess
from tests.e2e.guard_process import GuardProcess, run
from tests.e2e.lan import BEYOND, CLOSED_PORT, OPEN_PORT, Lan, lan, service_of_the_host
from tests.e2e.waiting import wait_for

SMALL = {"cpus_per_pilot": 0.1, "memory_per_pilot": "32MiB", "reserve_cores": 0}
PILOT_PORT = 7000


@pytest.fixture
def neighbours() -> Iterator[Lan]:
    with lan() as there:
        yield there


@pytest.fixture
def guard(agent: AgentProcess, neighbours: Lan) -> Iterator[GuardProcess]:
    agent.configure(
        # Room is another test's matter: here pilots run however busy the machine is.
        mode="dedicated",
        pool={**SMALL, "max_pilots": 2},
        grow={"ramp_pilots": 2},
        pilot={"network": "own", "command": ["sleep", "600"]},
        network={"check_seconds": 1, "allow": [f"{neighbours.neighbour}:{OPEN_PORT}/tcp"]},
    )
    process = GuardProcess(agent)
    yield process
    agent.clean_up()
    process.remove()


def address_of(agent: AgentProcess, pilot: str) -> str:
    (there,) = agent.docker.api.inspect_container(pilot)["NetworkSettings"]["Networks"].values()
    return str(there["IPAddress"])


def reached(agent: AgentProcess, pilot: str, targets: set[str]) -> set[str]:
    """Those of the targets (address:port) that greet a pilot, all tried at once."""
    one = "(nc -w 4 {0} {1} </dev/null | grep -q hello && echo {0}:{1}) &"
    tries = "\n".join(one.format(*target.split(":")) for target in sorted(targets))
    _, said = agent.docker.containers.get(pilot).exec_run(["sh", "-c", f"{tries}\nwait"])
    assert isinstance(said, bytes)
    return set(said.decode().split()) & targets


def wait_until_reached_are(agent: AgentProcess, pilot: str, open_: set[str], closed: set[str]) -> None:
    """All that is open, at last; and never what is closed."""

    def look() -> bool:
        found = reached(agent, pilot, open_ | closed)
        assert not found & closed, f"a pilot has reached {found & closed}"
        return found == open_

    wait_for(f"a pilot to reach {open_}", look, 90)


def test_without_a_guard_no_pilot_is_started_and_with_it_they_are(
    agent: AgentProcess, guard: GuardProcess
) -> None:
    agent.start()
    # The first look at it and the calm window are over when this limit is what is left.
    wait_for("the limit", lambda: "nobody guards it" in agent.status()["sentence"], 60)
    assert agent.status()["limit"]["name"] == "network"
    assert agent.metric('plancton_limit{limit="network"}') == 1
    assert agent.metric("plancton_network_guarded") == 0
    assert agent.running() == []
    assert "nobody guards it" in agent.run("doctor").stdout
    guard.start()
    agent.wait_for_running(2, 90)
    wait_for("the metric", lambda: agent.metric("plancton_network_guarded") == 1, 60)


def test_pilots_reach_what_is_open_and_neither_each_other_nor_the_host_nor_its_network(
    agent: AgentProcess, guard: GuardProcess, neighbours: Lan
) -> None:
    guard.start()
    agent.start()
    one, other = agent.wait_for_running(2, 90)
    listening = ["sh", "-c", f"while :; do echo hello | nc -l -p {PILOT_PORT}; done"]
    agent.docker.containers.get(other).exec_run(listening, detach=True)
    of_other = f"{address_of(agent, other)}:{PILOT_PORT}"
    wait_for("the pilot to listen", lambda: reached(agent, other, {of_other}), 60)
    bridge = agent.docker.api.inspect_network(f"{agent.name}-pilots")
    with service_of_the_host() as port:
        closed = {f"{place}:{port}" for place in ("127.0.0.1", neighbours.host, _gateway(bridge))}
        closed |= {of_other, f"{neighbours.neighbour}:{CLOSED_PORT}"}
        wait_until_reached_are(
            agent, one, {f"{neighbours.neighbour}:{OPEN_PORT}", f"{BEYOND}:{CLOSED_PORT}"}, closed
        )
        # An allow-list and nothing else.
        agent.configure(network={"internet": False})
        closed |= {f"{BEYOND}:{CLOSED_PORT}"}
        wait_for("the filter to be told", lambda: f"-A {guard.forward} -j DROP" in guard.rules(), 60)
        wait_until_reached_are(agent, one, {f"{neighbours.neighbour}:{OPEN_PORT}"}, closed)


def _gateway(network: dict[str, object]) -> str:
    address: str = network["IPAM"]["Config"][0]["Gateway"]  # type: ignore[index]
    return address


def test_a_flushed_filter_and_a_deleted_bridge_come_back_and_all_is_removed_in_the_end(
    agent: AgentProcess, guard: GuardProcess, neighbours: Lan
) -> None:
    guard.start()
    agent.start()
    (one, _) = agent.wait_for_running(2, 90)
    assert guard.is_whole()
    run("iptables", "-w", "5", "-F", guard.forward)
    run("iptables", "-w", "5", "-D", "INPUT", "-i", guard.interface, "-j", guard.input)
    wait_for("the filter to be healed", guard.is_whole, 60)
    run("iptables", "-w", "5", "-D", "DOCKER-USER", "-i", guard.interface, "-j", guard.forward)
    wait_for("the filter to be healed again", guard.is_whole, 60)
    open_ = {f"{neighbours.neighbour}:{OPEN_PORT}"}
    wait_until_reached_are(agent, one, open_, {f"{neighbours.neighbour}:{CLOSED_PORT}"})

    agent.configure(pool={"max_pilots": 0})
    agent.wait_for_running(0, 90)
    wait_for("the pilots' containers to go", lambda: _removed(f"{agent.name}-pilots"), 60)
    agent.configure(pool={"max_pilots": 1})
    (again,) = agent.wait_for_running(1, 90)
    wait_until_reached_are(agent, again, open_, {f"{neighbours.neighbour}:{CLOSED_PORT}"})

    agent.clean_up()
    guard.remove()
    assert [rule for rule in guard.rules() if guard.interface in rule] == []
    assert not _removed(f"{agent.name}-pilots"), "the network was still there"


def _removed(network: str) -> bool:
    """Whether the engine had it and let it go."""
    removal = ["docker", "network", "rm", network]
    return subprocess.run(removal, capture_output=True, timeout=60, check=False).returncode == 0
