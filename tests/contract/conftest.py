"""The engines under test. Everything made here has the run's own name and is removed at the end."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from plancton.config.schema import Config, PilotOptions
from tests.contract.benches import Bench, DockerBench, FakeBench
from tests.contract.docker_cli import docker, make_image, need_engine, remove_cgroup, remove_containers


@pytest.fixture(scope="session")
def image() -> Iterator[str]:
    need_engine()
    tag = f"plancton-contract:{secrets.token_hex(4)}"
    make_image(tag)
    yield tag
    docker("rmi", "--force", tag)


@pytest.fixture
def config(image: str) -> Config:
    return Config(name=f"contract{secrets.token_hex(4)}", pilot=replace(PilotOptions(), image=image))


@pytest.fixture
def real(config: Config) -> Iterator[DockerBench]:
    yield DockerBench(config)
    remove_containers(f"plancton.agent={config.name}")
    remove_cgroup(config.name)


@pytest.fixture(params=["fake", "docker"])
def bench(request: pytest.FixtureRequest) -> Bench:
    if request.param == "fake":
        return FakeBench(Config())
    found: DockerBench = request.getfixturevalue("real")
    return found
