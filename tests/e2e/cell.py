"""One pilot in the very profile that the agent gives it, without the agent: it runs what a test wants."""

from __future__ import annotations

import json
import uuid
from typing import Any

import docker

from plancton.config.load import parse
from plancton.engine.docker_engine import DockerEngine
from plancton.model import Ending, PilotState
from plancton.pilot_spec import Limits, describe
from tests.contract.benches import HERE
from tests.contract.docker_cli import remove_cgroup, remove_containers
from tests.e2e.waiting import wait_for


class Cell:
    """Starts a pilot with `pilot` and `pool` merged over the defaults; it is gone after `clean_up`."""

    def __init__(self, image: str) -> None:
        self.name = f"pt{uuid.uuid4().hex[:8]}"
        self.engine = DockerEngine("unix:///var/run/docker.sock", self.name, deadline_seconds=60.0)
        self._image = image
        self._docker = docker.from_env(timeout=60)
        self._id = ""

    def start(self, *command: str, pool: dict[str, Any] | None = None, **pilot: Any) -> Cell:
        settings = {
            "name": self.name,
            # A bounded share of this machine, whatever the job does.
            "pool": {"cpus_per_pilot": 0.5, "memory_per_pilot": "128MiB", **(pool or {})},
            "pilot": {"image": self._image, "command": list(command), **pilot},
        }
        config = parse(json.dumps(settings), "cell")
        facts = self.engine.facts()
        parent = f"{self.name}.slice" if facts.cgroup_driver == "systemd" else f"/{self.name}"
        limits = Limits(facts.cpu_quota, facts.memory_limit, facts.pids_limit, facts.swap_limit)
        self._id = self.engine.start("hostile", describe(config, parent, limits, HERE)).id
        return self

    def does(self, script: str) -> str:
        """What a job within the pilot prints."""
        _, said = self._docker.containers.get(self._id).exec_run(["sh", "-c", script])
        assert isinstance(said, bytes)
        return said.decode()

    def about(self) -> dict[str, Any]:
        found: dict[str, Any] = self._docker.api.inspect_container(self._id)
        return found

    def processes(self) -> tuple[int, int]:
        """How many there are, and how many there may be."""
        stats = self._docker.api.stats(self._id, stream=False)["pids_stats"]
        return int(stats.get("current", 0)), int(stats["limit"])

    def changes(self) -> list[str]:
        """What it has written into its own layer, which would be on the owner's disk."""
        return [change["Path"] for change in self._docker.api.diff(self._id) or []]

    def wait_for_end(self) -> None:
        def ended() -> bool:
            return [pilot.state for pilot in self.engine.pilots()] == [PilotState.ENDED]

        wait_for("the pilot to end", ended, 90)

    def ending(self) -> Ending:
        """Waits for its end and removes it."""
        self.wait_for_end()
        ending = self.engine.reap(self._id)
        assert ending is not None
        return ending

    def clean_up(self) -> None:
        remove_containers(f"plancton.agent={self.name}")
        remove_cgroup(self.name)
        self._docker.close()
