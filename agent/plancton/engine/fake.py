"""An engine without containers: for tests of the loop, and for `plancton run --fake`."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from plancton.engine.base import EngineError, Facts, NoImage
from plancton.model import Ending, Pilot, PilotState
from plancton.pilot_spec import Spec

TERMINATED = 143
KILLED = 137


@dataclass
class _Container:
    pilot: Pilot
    started_at: float
    ends_at: float
    exit_code: int = 0
    frozen_at: float | None = None


class FakeEngine:
    """Keeps the contract of Engine in memory. `life_seconds` is how long its pilots work.

    `broken` makes every call fail with that sentence, as an engine that is down would.
    """

    def __init__(self, clock: Callable[[], float] = time.time, life_seconds: float = 600.0) -> None:
        self.broken: str | None = None
        self.images = {"plancton-pilot:embedded"}
        self._clock = clock
        self._life = life_seconds
        self._containers: dict[str, _Container] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def facts(self) -> Facts:
        """See Engine."""
        self._check()
        return Facts("fake", "systemd", "/")  # with this driver nothing need be prepared on the host

    def pilots(self) -> tuple[Pilot, ...]:
        """See Engine."""
        self._check()
        with self._lock:
            self._let_end()
            return tuple(c.pilot for c in self._containers.values())

    def has_image(self, image: str) -> bool:
        """See Engine."""
        self._check()
        return image in self.images

    def pull(self, image: str) -> None:
        """See Engine."""
        self._check()
        raise EngineError(f"there is no registry to pull {image} from")

    def start(self, name: str, spec: Spec) -> Pilot:
        """See Engine."""
        self._check()
        if spec.image not in self.images:
            raise NoImage(f"no such image: {spec.image}")
        with self._lock:
            if any(c.pilot.name == name for c in self._containers.values()):
                raise EngineError(f"the name {name} is in use")
            now = self._clock()
            pilot = Pilot(
                f"{next(self._numbers):064x}", name, spec.kind, PilotState.RUNNING, now, spec.digest
            )
            self._containers[pilot.id] = _Container(pilot, now, now + self._life)
            return pilot

    def freeze(self, pilot_id: str) -> None:
        """See Engine."""
        with self._alive(pilot_id) as container:
            if container is not None and container.frozen_at is None:
                container.frozen_at = self._clock()
                container.pilot = replace(container.pilot, state=PilotState.FROZEN)

    def thaw(self, pilot_id: str) -> None:
        """See Engine."""
        with self._alive(pilot_id) as container:
            if container is not None and container.frozen_at is not None:
                container.ends_at += self._clock() - container.frozen_at
                container.frozen_at = None
                container.pilot = replace(container.pilot, state=PilotState.RUNNING)

    def stop(self, pilot_id: str) -> None:
        """See Engine. Its pilots end at once when they are asked to."""
        self._end(pilot_id, TERMINATED)

    def tell(self, pilot_id: str, signal: str) -> None:  # noqa: ARG002 - its pilots know only one
        """See Engine. Its pilots have nothing to finish: they end well at once."""
        self._end(pilot_id, 0)

    def kill(self, pilot_id: str) -> None:
        """See Engine."""
        self._end(pilot_id, KILLED)

    def _end(self, pilot_id: str, exit_code: int) -> None:
        with self._alive(pilot_id) as container:
            if container is not None:
                container.frozen_at = None
                container.ends_at, container.exit_code = self._clock(), exit_code
                self._let_end()

    @contextlib.contextmanager
    def _alive(self, pilot_id: str) -> Iterator[_Container | None]:
        self._check()
        with self._lock:
            self._let_end()
            container = self._containers.get(pilot_id)
            yield None if container is None or container.pilot.state is PilotState.ENDED else container

    def reap(self, pilot_id: str) -> Ending | None:
        """See Engine."""
        self._check()
        with self._lock:
            self._let_end()
            container = self._containers.get(pilot_id)
            if container is None:
                return None
            if container.pilot.state is not PilotState.ENDED:
                raise EngineError(f"container {pilot_id[:12]} is running and will not be removed")
            del self._containers[pilot_id]
            return Ending(
                container.exit_code,
                out_of_memory=False,
                lifetime_seconds=container.ends_at - container.started_at,
            )

    def _check(self) -> None:
        if self.broken is not None:
            raise EngineError(self.broken)

    def _let_end(self) -> None:
        for container in self._containers.values():
            if container.frozen_at is None and container.ends_at <= self._clock():
                container.pilot = replace(container.pilot, state=PilotState.ENDED)
