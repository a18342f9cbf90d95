"""The host's /cvmfs in pilots, and what becomes of kinds whose software is away or hangs. All of it real.

A squashfs stands for a repository: mounted when pilots run already, as an automounter does it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from docker.models.containers import Container

from tests.e2e.agent_process import AgentProcess
from tests.e2e.shared_software import HELLO, SharedSoftware, hung
from tests.e2e.test_kinds import wait_for_kinds
from tests.e2e.waiting import wait_for

REPOSITORY = "alice.example.org"
SMALL = {"cpus_per_pilot": 0.2, "memory_per_pilot": "32MiB"}


@pytest.fixture
def software(tmp_path: Path) -> Iterator[SharedSoftware]:
    found = SharedSoftware(tmp_path)
    try:
        found.make()
        yield found
    finally:
        found.clean_up()


def configure(agent: AgentProcess, software: SharedSoftware, **kinds: dict[str, Any]) -> None:
    of_host = {"software": "cvmfs", "software_path": str(software.path)}
    agent.configure(
        pool=SMALL, kinds={name: {"max_pilots": 1, **of_host, **own} for name, own in kinds.items()}
    )


def because(agent: AgentProcess, kind: str) -> str:
    return next(k["because"] for k in agent.status()["kinds"] if k["name"] == kind) or ""


def pilot_of(agent: AgentProcess, kind: str) -> Container:
    ours = {"label": [f"plancton.kind={kind}", f"plancton.agent={agent.name}"]}
    (found,) = agent.docker.api.containers(filters=ours)
    return agent.docker.containers.get(found["Id"])


def said(pilot: Container, *command: str, user: str = "") -> tuple[int | None, str]:
    """How a command ends within a pilot, and what it says."""
    done = pilot.exec_run(list(command), user=user)
    assert isinstance(done.output, bytes)
    return done.exit_code, done.output.decode()


def test_a_repository_that_is_mounted_later_is_seen_by_a_running_pilot_and_lets_its_kind_start(
    software: SharedSoftware, agent: AgentProcess
) -> None:
    configure(agent, software, early={}, alice={"software_repositories": [REPOSITORY]})
    agent.start()
    wait_for_kinds(agent, 60, early=1)
    missing = f"{software.path}/{REPOSITORY}: No such file or directory"
    wait_for("it is told", lambda: missing in because(agent, "alice"), 30)
    assert missing in agent.get("/")
    assert missing in agent.run("doctor").stdout
    assert agent.metric('plancton_software_up{kind="alice"}') == 0
    assert agent.metric('plancton_software_up{kind="early"}') == 1

    early = pilot_of(agent, "early")
    software.publish(REPOSITORY)
    hello = ("cat", f"/cvmfs/{REPOSITORY}/hello")
    assert said(early, *hello) == (0, HELLO)
    # As root, who may write the tmpfs: what forbids it is the mount.
    code, why = said(early, "touch", "/cvmfs/written", user="0")
    assert code != 0
    assert "Read-only file system" in why

    wait_for_kinds(agent, 60, early=1, alice=1)
    wait_for("the metric", lambda: agent.metric('plancton_software_up{kind="alice"}') == 1, 10)
    assert said(pilot_of(agent, "alice"), *hello) == (0, HELLO)


def test_a_mount_that_hangs_keeps_its_kind_away_and_neither_the_others_nor_the_agent(
    software: SharedSoftware, agent: AgentProcess
) -> None:
    server = software.serve(REPOSITORY)
    configure(agent, software, alice={"software_repositories": [REPOSITORY]}, local={"software": "none"})
    with hung(server):
        agent.start()
        wait_for_kinds(agent, 60, local=1)
        wait_for("it is told", lambda: "does not answer: a look hangs" in because(agent, "alice"), 60)
        assert agent.metric('plancton_software_up{kind="alice"}') == 0
        # The look that is under way, and no other that would wait for it.
        wait_for("the next look", lambda: len(children(agent)) == 1, 30)
        assert agent.end() == 0
        agent.start()
    wait_for_kinds(agent, 60, local=1, alice=1)
    # A server that has died is told at once: there is nobody to wait for. Pilots go on.
    agent.end()
    server.kill()
    agent.start()
    wait_for("its end is told", lambda: "Transport endpoint" in because(agent, "alice"), 60)
    assert pilot_of(agent, "alice").status == "running"


def children(agent: AgentProcess) -> list[int]:
    assert agent.process is not None
    found = psutil.Process(agent.process.pid).children(recursive=True)
    return [child.pid for child in found if child.is_running() and child.pid != os.getpid()]
