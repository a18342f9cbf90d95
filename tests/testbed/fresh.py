"""What the tests of a fresh machine are given."""

from __future__ import annotations

from dataclasses import dataclass

from tests.testbed.command import Result
from tests.testbed.facility import Facility
from tests.testbed.host import Host
from tests.testbed.stranger import Stranger


@dataclass(frozen=True)
class Fresh:
    """A machine on which `make up` ran once, well or not; a stranger's container came afterwards."""

    facility: Facility
    up: Result
    stranger: Stranger | None

    @property
    def host(self) -> Host:
        return self.facility.host
