"""Which hosts there are, and what is odd about each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from tests.testbed.recipes import FLEET_12, FLEET_12_ENGINE, FLEET_13, Recipe, without_systemd
from tests.testbed.virtual_image import VIRTUAL_12


@dataclass(frozen=True)
class Member:
    """One host of the fleet. `variables` are its own in the inventory; a `virtual` one has its own
    kernel, a `nameless` one cannot resolve its own name."""

    name: str
    recipe: Recipe
    says: str
    variables: dict[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    monitor: bool = False
    switched_off: bool = False
    strangers: bool = False
    nameless: bool = False
    virtual: bool = False


SHARED = Member(
    "shared",
    FLEET_12_ENGINE,
    "already has Docker, and somebody's container; does not know its own name",
    strangers=True,
    nameless=True,
)
NO_CPU = Member(
    "nocpu",
    without_systemd(FLEET_12_ENGINE),
    "its kernel offers no CPU controllers (cgroup v2 without any)",
    flags=("--env=TESTBED_CONTROLLERS=none",),
)
OFF = Member("off", FLEET_12, "switched off", switched_off=True)
# What pilots get of each host: all of them share one machine.
POOL = {"max_pilots": 1, "memory_per_pilot": "64MiB", "reserve_memory": "64MiB"}
# What is emulated takes ten times as long, on a machine with other work still longer.
PATIENT = {
    "ansible_ssh_args": "-o ConnectTimeout=120 -o ControlMaster=auto -o ControlPersist=600s",
    "agent_ready_seconds": 300,
    "agent_config_engine": {"deadline_seconds": 60},
    "agent_config_pool": {**POOL, "reserve_cores": 0},  # it has one core
}
VIRTUAL = Member(
    "virtual", VIRTUAL_12, "an emulated machine: cgroup v2 with all controllers", PATIENT, virtual=True
)
WATCH = Member("watch", FLEET_13, "the monitor", monitor=True)

FLEET = (
    Member("deb12", FLEET_12, "Debian 12 with systemd, no engine yet", {"site": "library"}),
    Member("deb13", FLEET_13, "Debian 13 with systemd, no engine yet", {"site": "library"}),
    Member("bare", without_systemd(FLEET_12_ENGINE), "without systemd, an engine that nobody has started"),
    NO_CPU,
    SHARED,
    OFF,
    VIRTUAL,
    WATCH,
)

# What a test run can afford: one image for all of them.
TESTED = (
    SHARED,
    replace(NO_CPU, says="without systemd or CPU controllers, an engine that nobody has started"),
    replace(OFF, recipe=FLEET_12_ENGINE),
    replace(WATCH, recipe=FLEET_12_ENGINE),
)


def donors(members: tuple[Member, ...]) -> list[Member]:
    return [member for member in members if not member.monitor]
