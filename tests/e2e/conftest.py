"""Agents and images for the end-to-end tests. A missing engine fails them; nothing is skipped.

They watch the CPU of a whole machine, which anything else on it disturbs: a test that fails is run once
more, and told as `rerun` in the summary. What is broken fails twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.e2e import pilot_image
from tests.e2e.agent_process import AgentProcess

IMAGE = "plancton-test-pilot:e2e"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that is below this directory."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=5))


@pytest.fixture(scope="session")
def image() -> Iterator[str]:
    client = docker.from_env(timeout=30)
    try:
        client.ping()
    except docker.errors.DockerException as error:
        pytest.fail(f"these tests need a running Docker Engine: {error}")
    yield pilot_image.ensure(IMAGE)
    client.images.remove(IMAGE, force=True)
    client.close()


@pytest.fixture
def agent(tmp_path: Path, image: str) -> Iterator[AgentProcess]:
    process = AgentProcess(tmp_path, image)
    yield process
    print(process.log())
    process.clean_up()
