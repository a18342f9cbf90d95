"""The pilots' own network in an engine: made once, made anew, and never somebody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from plancton.config.schema import OWN_NETWORK, Config
from plancton.engine.base import Engine, EngineError
from plancton.engine.docker_engine import DockerEngine
from plancton.engine.fake import FakeEngine
from plancton.network.bridge import Bridge, bridge_of
from plancton.pilot_spec import Limits, Spec, describe
from tests.contract.benches import HERE, DockerBench
from tests.contract.docker_cli import docker, inspect

Made = tuple[Engine, Spec]


@pytest.fixture
def own(real: DockerBench) -> Iterator[DockerBench]:
    real.config = replace(real.config, pilot=replace(real.config.pilot, network=OWN_NETWORK))
    yield real
    for pilot in real.engine.pilots():
        docker("rm", "--force", pilot.id)
    name = bridge_of(real.config).name
    if name in docker("network", "ls", "--format", "{{.Name}}").split():
        docker("network", "rm", name)


@pytest.fixture(params=["fake", "docker"])
def made(request: pytest.FixtureRequest) -> Made:
    """An engine, and the description of a pilot that wants the network."""
    if request.param == "fake":
        config = Config(pilot=replace(Config().pilot, network=OWN_NETWORK))
        return FakeEngine(), describe(config, "/fake", Limits(), HERE)
    own: DockerBench = request.getfixturevalue("own")
    return own.engine, own.spec("sleep", "600")


def bridge(spec: Spec) -> Bridge:
    assert spec.bridge is not None
    return spec.bridge


def test_pilots_start_in_it_whether_it_is_there_or_not(made: Made) -> None:
    engine, spec = made
    engine.start("default-1", spec)
    engine.ensure_network(bridge(spec))
    engine.start("default-2", spec)
    assert len(engine.pilots()) == 2


def test_it_is_made_anew_in_another_shape_once_nobody_is_in_it(made: Made) -> None:
    engine, spec = made
    pilot = engine.start("default-1", spec)
    other = replace(bridge(spec), subnet="10.214.213.0/24")
    with pytest.raises(EngineError, match="is not as configured, and somebody is in it"):
        engine.ensure_network(other)
    engine.kill(pilot.id)
    engine.reap(pilot.id)
    engine.ensure_network(other)
    with pytest.raises(EngineError, match=r".+"):
        engine.ensure_network(replace(other, agent="stranger"))


def test_it_is_a_bridge_of_its_own_without_ipv6_and_without_sight_of_each_other(own: DockerBench) -> None:
    wanted = bridge(own.spec("sleep", "600"))
    own.engine.ensure_network(replace(wanted, subnet="10.214.214.0/24"))
    (network,) = json.loads(docker("network", "inspect", wanted.name))
    assert network["Driver"] == "bridge"
    assert network["EnableIPv6"] is False
    assert network["Options"]["com.docker.network.bridge.name"] == wanted.interface
    assert network["Options"]["com.docker.network.bridge.enable_icc"] == "false"
    assert network["Labels"]["plancton.agent"] == own.config.name
    assert network["IPAM"]["Config"][0]["Subnet"] == "10.214.214.0/24"


def test_a_pilot_is_in_it_and_in_no_other(own: DockerBench) -> None:
    pilot = own.engine.start("default-1", own.spec("sleep", "600"))
    assert list(inspect(pilot.id)["NetworkSettings"]["Networks"]) == [bridge_of(own.config).name]


def test_a_deleted_one_is_made_by_the_next_start(own: DockerBench) -> None:
    spec = own.spec("sleep", "600")
    own.engine.ensure_network(bridge(spec))
    docker("network", "rm", bridge(spec).name)
    own.engine.start("default-1", spec)
    assert bridge(spec).name in docker("network", "ls", "--format", "{{.Name}}").split()


def test_a_network_of_somebody_else_is_left_alone(own: DockerBench) -> None:
    name = bridge_of(own.config).name
    theirs = docker("network", "create", name)
    with pytest.raises(EngineError, match="is not this agent's"):
        own.engine.start("default-1", own.spec("sleep", "600"))
    assert own.engine.pilots() == ()
    assert docker("network", "inspect", "--format", "{{.Id}}", name) == theirs


def test_two_of_its_threads_may_be_the_first(own: DockerBench) -> None:
    """The second finds it made between its question and its order."""
    wanted = bridge(own.spec("sleep", "600"))
    own.engine.ensure_network(wanted)
    assert isinstance(own.engine, DockerEngine)
    own.engine._make_network(wanted)  # noqa: SLF001 - the moment between the two cannot be met otherwise
    names = docker("network", "ls", "--format", "{{.Name}}").split()
    assert names.count(wanted.name) == 1
