"""Which hosts there are, and what is odd about each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.testbed.recipes import FLEET_12, FLEET_12_ENGINE, FLEET_13, Recipe, without_systemd


@dataclass(frozen=True)
class Member:
    """One host of the fleet. `variables` are its own in the inventory."""

    name: str
    recipe: Recipe
    says: str
    variables: dict[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    monitor: bool = False
    switched_off: bool = False
    strangers: bool = False


FLEET = (
    Member("deb12", FLEET_12, "Debian 12 with systemd, no engine yet", {"site": "library"}),
    Member("deb13", FLEET_13, "Debian 13 with systemd, no engine yet", {"site": "library"}),
    Member("bare", without_systemd(FLEET_12_ENGINE), "without systemd, an engine that nobody has started"),
    Member(
        "nocpu",
        without_systemd(FLEET_12_ENGINE),
        "its kernel offers no CPU controllers (cgroup v2 without any)",
        flags=("--env=TESTBED_CONTROLLERS=none",),
    ),
    Member("shared", FLEET_12_ENGINE, "already has Docker, and somebody's container", strangers=True),
    Member("off", FLEET_12, "switched off", switched_off=True),
    Member("watch", FLEET_13, "the monitor", monitor=True),
)


# What a test run can afford: one image for all of them.
TESTED = (
    Member("shared", FLEET_12_ENGINE, "already has Docker, and somebody's container", strangers=True),
    Member(
        "nocpu",
        without_systemd(FLEET_12_ENGINE),
        "without systemd or CPU controllers, an engine that nobody has started",
        flags=("--env=TESTBED_CONTROLLERS=none",),
    ),
    Member("off", FLEET_12_ENGINE, "switched off", switched_off=True),
    Member("watch", FLEET_12_ENGINE, "the monitor", monitor=True),
)


def donors(members: tuple[Member, ...]) -> list[Member]:
    return [member for member in members if not member.monitor]
