"""Where one fleet keeps its files, and the names that follow from it: two clones' fleets never meet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tests.testbed.snapshot import PROJECT

DEFAULT = PROJECT / "build" / "fleet"


@dataclass(frozen=True)
class Place:
    """A folder of the fleet's own, which goes when the fleet goes.

    `owner` is what its containers are labelled with; by default it follows from the folder.
    """

    folder: Path = DEFAULT
    owner: str = ""

    @property
    def run_id(self) -> str:
        return self.owner or f"fleet-{hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:6]}"

    @property
    def network(self) -> str:
        return f"plancton-{self.run_id}"

    def container(self, member: str) -> str:
        return f"plancton-{self.run_id}-{member}"

    @property
    def key(self) -> Path:
        return self.folder / "key"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory"

    @property
    def sockets(self) -> Path:
        """Where Ansible keeps its connections open; `ssh.hang_up` closes them."""
        return self.folder / "ssh"
