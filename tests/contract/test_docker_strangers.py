"""Somebody else's containers are neither listed nor touched, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plancton.engine.docker_engine import DockerEngine
from tests.contract.benches import DockerBench
from tests.contract.docker_cli import docker, inspect, remove_containers


@pytest.fixture
def strangers(real: DockerBench, image: str) -> Iterator[set[str]]:
    """No label; another agent's, with a name that begins like ours; our label's name without a value."""
    name, mark = real.config.name, f"contract-stranger={real.config.name}"
    run = ("run", "--detach", "--network", "none", "--label", mark)
    labels = ("plancton.kind=default", f"plancton.agent={name}2", f"plancton.agent=x{name}", "plancton.agent")
    try:
        made = {docker(*run, "--name", f"{name}-default-9", image)}
        made |= {docker(*run, "--label", label, image) for label in labels}
        yield made
    finally:
        remove_containers(mark)


def test_a_strangers_container_is_neither_listed_nor_touched(real: DockerBench, strangers: set[str]) -> None:
    ours = real.engine.start("default-1", real.long)
    assert {p.id for p in real.engine.pilots()} == {ours.id}
    for pilot in real.engine.pilots():
        real.engine.kill(pilot.id)
        real.engine.reap(pilot.id)
    assert real.engine.pilots() == ()
    assert {c: inspect(c)["State"]["Running"] for c in strangers} == dict.fromkeys(strangers, True)


def test_two_agents_on_one_engine_do_not_see_each_other(real: DockerBench) -> None:
    real.engine.start("default-1", real.long)
    other = DockerEngine(real.url, f"{real.config.name}b", deadline_seconds=30.0)
    assert other.pilots() == ()
