"""Two kinds of pilots on one host in shares; one that fails leaves its place to the other. All of it real."""

from __future__ import annotations

from typing import Any

from tests.e2e.agent_process import AgentProcess
from tests.e2e.waiting import wait_for

# Four small ones: shares show on a host with few cores, and its noise takes the place of none.
MANY = 4
SMALL = {"cpus_per_pilot": 0.2, "memory_per_pilot": "32MiB", "max_pilots": MANY}
# What ends at once has never proven itself, however long a busy engine takes to start and to bury it.
HASTY = {"fizzle_seconds": 20, "backoff_first_seconds": 1, "backoff_max_seconds": 2}


def kinds_of(agent: AgentProcess) -> list[str]:
    """The kinds of this agent's running containers, as the engine tells them."""
    ours = {"label": f"plancton.agent={agent.name}", "status": "running"}
    return [entry["Labels"]["plancton.kind"] for entry in agent.docker.api.containers(filters=ours)]


def wait_for_kinds(agent: AgentProcess, seconds: float, **wanted: int) -> None:
    def as_wanted() -> bool:
        there = kinds_of(agent)
        return {kind: there.count(kind) for kind in wanted} == wanted and len(there) == sum(wanted.values())

    wait_for(lambda: f"{wanted}; the agent says: {agent.status()['sentence']}", as_wanted, seconds)


def configure(agent: AgentProcess, **kinds: dict[str, Any]) -> None:
    """Kinds and nothing else: what the last call has set is gone."""
    agent.settings.pop("kinds", None)
    agent.configure(pool=SMALL, grow={"ramp_pilots": 4}, kinds=kinds)


def test_two_kinds_fill_the_host_in_their_shares_with_an_image_and_a_command_each(
    agent: AgentProcess, image: str
) -> None:
    other = f"{image}-other"
    agent.docker.images.get(image).tag(other)
    try:
        configure(
            agent,
            alice={"share": 75, "image": other, "command": ["sleep", "600"], "environment": {"FOR": "alice"}},
            local={"share": 25},
        )
        agent.start().wait_for_running(MANY, 60)
        wait_for_kinds(agent, 5, alice=MANY * 3 // 4, local=MANY // 4)
        ours = {"label": ["plancton.kind=alice", f"plancton.agent={agent.name}"]}
        (first, *_) = agent.docker.api.containers(filters=ours)
        about = agent.docker.api.inspect_container(first["Id"])["Config"]
        assert (about["Image"], about["Cmd"]) == (other, ["sleep", "600"])
        assert "FOR=alice" in about["Env"]
        assert agent.metric('plancton_kind_share_ratio{kind="alice"}') == 0.75
        # What is told is as old as the last tick.
        running = 'plancton_pilots{kind="local",state="running"}'
        wait_for("the metric", lambda: agent.metric(running) == MANY // 4, 5)
    finally:
        agent.docker.images.remove(other)


def test_a_kind_that_exits_at_once_backs_off_and_the_other_fills_the_host(agent: AgentProcess) -> None:
    hasty = {"share": 50, "command": ["sh", "-c", "exit 7"], **HASTY}
    configure(agent, alice=hasty, local={"share": 50})
    agent.start()
    wait_for_kinds(agent, 60, local=MANY)
    failures = 'plancton_kind_failures{kind="alice"}'
    assert agent.metric(failures) >= 1
    assert agent.metric('plancton_kind_failures{kind="local"}') == 0
    wait_for("the status", lambda: [k["pilots"] for k in agent.status()["kinds"]] == [0, MANY], 5)
    (alice, local) = agent.status()["kinds"]
    assert "exit code 7" in alice["because"]
    assert local["because"] is None
    assert "alice" in agent.run("status").stdout


def test_a_kind_is_healed_and_another_leaves_with_the_file(agent: AgentProcess) -> None:
    hasty = {"share": 50, "command": ["false"], **HASTY}
    configure(agent, alice=hasty, local={"share": 50, "max_pilots": 2})
    agent.start()
    wait_for("failures in a row", lambda: agent.metric('plancton_kind_failures{kind="alice"}') >= 3, 60)
    # Healed: its failures are forgotten as soon as a probe has lived for a second.
    configure(agent, alice={"share": 50}, local={"share": 50, "max_pilots": 2})
    wait_for_kinds(agent, 60, alice=MANY - 2, local=2)
    wait_for("them to be forgotten", lambda: agent.metric('plancton_kind_failures{kind="alice"}') == 0, 5)
    # Pilots of a kind that has left stay as they are.
    before = agent.running()
    configure(agent, local={"max_pilots": 2})
    wait_for("the file is taken in", lambda: [k["name"] for k in agent.status()["kinds"]] == ["local"], 10)
    assert agent.running() == before
