"""The bridge that pilots have for themselves, as the configuration describes it. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from plancton.config.one_kind import kinds_of
from plancton.config.schema import OWN_NETWORK, Config

# The kernel's most for the name of an interface.
LONGEST_INTERFACE = 15
PREFIX = "pl-"


@dataclass(frozen=True)
class Bridge:
    """A network in the engine, and the interface that it has on the host."""

    name: str
    interface: str
    agent: str
    subnet: str | None = None

    @property
    def digest(self) -> str:
        """Tells the bridge of one configuration from that of another."""
        described = f"{self.interface} {self.subnet}"
        return hashlib.sha256(described.encode()).hexdigest()[:12]


def bridge_of(config: Config) -> Bridge:
    """The one bridge of an agent, for all kinds that want it."""
    return Bridge(f"{config.name}-pilots", interface_of(config.name), config.name, config.network.subnet)


def interface_of(agent: str) -> str:
    """Known before the bridge is there, so that its filter can be there first."""
    plain = PREFIX + agent
    if len(plain) <= LONGEST_INTERFACE:
        return plain
    return PREFIX + hashlib.sha256(agent.encode()).hexdigest()[: LONGEST_INTERFACE - len(PREFIX)]


def kinds_on_it(config: Config) -> tuple[str, ...]:
    """The kinds whose pilots are in this network."""
    return tuple(one.name for one in kinds_of(config) if one.config.pilot.network == OWN_NETWORK)


def report_path(config: Config) -> Path:
    """Where the guard says how it is. Beside the agent's own directory, since another user writes it."""
    return Path(f"{config.paths.run_directory}-network") / "guard.json"
