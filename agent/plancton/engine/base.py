"""What the agent asks of a container engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from plancton.model import Ending, Pilot
from plancton.pilot_spec import Spec


class EngineError(Exception):
    """The engine did not do it. The message is one sentence for people."""


class Unreachable(EngineError):
    """There is no engine at the address, or it does not let us in."""


class NotLetIn(Unreachable):
    """The engine is there and does not let this user in."""


class NoImage(EngineError):
    """The image is not on this host."""


@dataclass(frozen=True)
class Facts:
    """What the engine says about itself and its kernel. `root` is where it keeps its data."""

    version: str
    cgroup_driver: str
    root: str
    cpu_quota: bool = True
    memory_limit: bool = True
    pids_limit: bool = True
    swap_limit: bool = True


class Engine(Protocol):
    """Every call may take until the engine's deadline, and raises EngineError and nothing else."""

    def facts(self) -> Facts:
        """The engine's description of itself."""

    def pilots(self) -> tuple[Pilot, ...]:
        """Every container of this agent, ended ones too; nobody else's."""

    def has_image(self, image: str) -> bool:
        """Whether the image is on this host."""

    def pull(self, image: str) -> None:
        """Bring the newest image of that name from its registry."""

    def start(self, name: str, spec: Spec) -> Pilot:
        """Create and start a pilot. Leaves nothing behind when it fails. Raises NoImage, EngineError.

        Refuses an image with a volume that would be writable beside a root that is not to be.
        """

    def freeze(self, pilot_id: str) -> None:
        """Take the CPU from a pilot. One that is frozen, or gone, is no error."""

    def thaw(self, pilot_id: str) -> None:
        """Give the CPU back. One that runs, or is gone, is no error."""

    def stop(self, pilot_id: str) -> None:
        """Ask a pilot to end (SIGTERM) and do not wait for it; a frozen one is thawed so that it can."""

    def tell(self, pilot_id: str, signal: str) -> None:
        """Send a pilot a signal such as SIGUSR1. One that has ended, or is gone, is no error."""

    def kill(self, pilot_id: str) -> None:
        """End a pilot now. One that has ended already, or is gone, is no error."""

    def reap(self, pilot_id: str) -> Ending | None:
        """Remove an ended pilot and tell how it ended; None when it is gone. Never ends a running one."""
