"""What a contract test needs of an engine, real or fake."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import psutil

from plancton.config.schema import Config
from plancton.engine.base import Engine
from plancton.engine.docker_engine import DockerEngine
from plancton.engine.fake import FakeEngine
from plancton.model import Pilot, PilotState
from plancton.pilot_environment import Here
from plancton.pilot_spec import Limits, Spec, describe
from tests.contract.docker_cli import docker

HERE = Here("contract.example.org", 4)


def wait_for(what: str, true: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)


def state_of(engine: Engine, pilot: Pilot) -> PilotState | None:
    """None when it is not listed."""
    return next((p.state for p in engine.pilots() if p.id == pilot.id), None)


class Bench(Protocol):
    """`engine` under test.

    `long` works until it is killed, `short` ends by itself, soon, with 0, `polite` when it is asked to,
    with 143, `told` when it hears SIGUSR1, with 0.
    """

    engine: Engine
    long: Spec
    short: Spec
    polite: Spec
    told: Spec

    def let_end(self, pilot: Pilot) -> None:
        """Come back when a short pilot has ended."""

    def let_listen(self, pilot: Pilot) -> None:
        """Come back when a pilot hears signals."""


class FakeBench:
    """Time goes on only in `let_end`."""

    def __init__(self, config: Config) -> None:
        self._now = time.time()
        self.engine: Engine = FakeEngine(clock=lambda: self._now, life_seconds=600.0)
        self.long = self.short = self.polite = self.told = describe(config, "/fake", Limits(), HERE)

    def let_end(self, pilot: Pilot) -> None:  # noqa: ARG002 - all end
        self._now += 600.0

    def let_listen(self, pilot: Pilot) -> None:
        """They always do."""


@dataclass
class DockerBench:
    """The engine of this machine, with an agent's name of the test's own."""

    config: Config
    url: str = "unix:///var/run/docker.sock"
    engine: Engine = field(init=False)
    long: Spec = field(init=False)
    short: Spec = field(init=False)
    polite: Spec = field(init=False)
    told: Spec = field(init=False)

    def __post_init__(self) -> None:
        self.engine = DockerEngine(self.url, self.config.name, deadline_seconds=30.0)
        self.long = self.spec("sleep", "600")
        self.short = self.spec("sleep", "1")
        self.polite = self.spec("sh", "-c", "trap 'exit 143' TERM; while :; do sleep 0.1; done")
        self.told = self.spec("sh", "-c", "trap 'exit 0' USR1; while :; do sleep 0.1; done")

    def spec(self, *command: str) -> Spec:
        return self.spec_of(replace(self.config, pilot=replace(self.config.pilot, command=command)))

    def spec_of(self, config: Config) -> Spec:
        facts = self.engine.facts()
        parent = f"{config.name}.slice" if facts.cgroup_driver == "systemd" else f"/{config.name}"
        limits = Limits(facts.cpu_quota, facts.memory_limit, facts.pids_limit, facts.swap_limit)
        return describe(config, parent, limits, HERE)

    def let_end(self, pilot: Pilot) -> None:
        wait_for("the pilot ends", lambda: state_of(self.engine, pilot) is PilotState.ENDED)

    def let_listen(self, pilot: Pilot) -> None:
        """Its shell has set its trap before it begins its first command."""
        pid = int(docker("inspect", "--format", "{{.State.Pid}}", pilot.id))
        wait_for("the pilot listens", lambda: bool(psutil.Process(pid).children()))

    def container_of(self, pilot: Pilot) -> str:
        """Its name, as the engine's other users see it."""
        return docker("inspect", "--format", "{{.Name}}", pilot.id)
