"""The pilots' image comes from a real registry, is kept fresh, and serves on when the registry is gone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.e2e.agent_process import AgentProcess
from tests.e2e.registry_process import RegistryProcess
from tests.e2e.waiting import wait_for


@pytest.fixture
def registry(tmp_path: Path, agent: AgentProcess) -> Iterator[RegistryProcess]:
    process = RegistryProcess(tmp_path / "registry")
    process.start()
    yield process
    agent.clean_up()
    with contextlib.closing(docker.from_env()) as client:
        process.clean_up(client)


def _images_in_use(agent: AgentProcess) -> set[str]:
    ours = {"label": f"plancton.agent={agent.name}"}
    return {c["ImageID"] for c in agent.docker.api.containers(filters=ours)}


def test_an_image_is_pulled_refreshed_and_outlives_its_registry(
    agent: AgentProcess, registry: RegistryProcess, image: str
) -> None:
    first = registry.push(agent.docker, image, RELEASE="1")
    agent.configure(
        pilot={"image": registry.image, "image_refresh_seconds": 3, "environment": {"PILOT_SECONDS": "4"}}
    )
    agent.start()
    wait_for("pilots of the first image", lambda: _images_in_use(agent) == {first}, 60)

    second = registry.push(agent.docker, image, RELEASE="2")
    wait_for("pilots of the second image", lambda: _images_in_use(agent) == {second}, 90)
    wait_for("the first image to go", lambda: first not in _all_images(agent), 90)

    registry.stop()
    failed = 'plancton_engine_errors_total{operation="pull"}'
    wait_for("a refresh that fails", lambda: agent.metric(failed) > 0, 60)
    started = 'plancton_pilot_starts_total{kind="default",result="started"}'
    before = agent.metric(started)
    wait_for("further pilots", lambda: agent.metric(started) > before, 60)


def _all_images(agent: AgentProcess) -> set[str]:
    return {str(i["Id"]) for i in agent.docker.api.images()}
