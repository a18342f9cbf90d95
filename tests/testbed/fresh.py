"""What the tests of a fresh machine are given."""

from __future__ import annotations

from dataclasses import dataclass

from tests.testbed.command import Result
from tests.testbed.facility import Facility
from tests.testbed.host import Host
from tests.testbed.stranger import Stranger


@dataclass(frozen=True)
class Fresh:
    """A machine on which `make up` ran once, well or not. `before` is its state until then (`traces.state`).

    On one with systemd it goes on alone; on the other a stranger's container came afterwards."""

    facility: Facility
    up: Result
    before: set[str]
    stranger: Stranger | None

    @property
    def host(self) -> Host:
        return self.facility.host
