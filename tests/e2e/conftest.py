"""Agents and images for the end-to-end tests. A missing engine fails them; nothing is skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.e2e import pilot_image
from tests.e2e.agent_process import AgentProcess

# A tag of this run's own: another run on the same machine must not take it away.
IMAGE = f"plancton-test-pilot:e2e-{os.getpid()}"


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
