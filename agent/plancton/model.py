"""The nouns: frozen values that the sensors make, the policy reads and the engine is handed.

Nothing here does anything. Times named ``*_at`` are seconds: ``monotonic`` ones count from an
arbitrary start and serve clocks, ``wall`` ones are Unix time and serve what outlives the process.
CPU is counted in cores (1.0 is one core fully used), memory in bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from plancton.readings import Missing as Missing  # noqa: PLC0414 - one of the nouns of this module, too
from plancton.readings import Signals

# --- what the host shows -------------------------------------------------------------------------


@dataclass(frozen=True)
class CpuCounters:
    """Cumulative seconds of all cores together since boot, as /proc/stat counts them.

    Waiting for a disk is idle time; time stolen by a hypervisor is neither busy nor idle.
    """

    busy_seconds: float
    steal_seconds: float
    cores: int


@dataclass(frozen=True)
class PoolCounters:
    """The pilots' parent cgroup: cumulative CPU seconds, and the containers that live below it.

    `memory_bytes` is what the pilots hold for themselves, without the page cache.
    """

    cpu_seconds: float
    members: frozenset[str]
    member_cpu_seconds: Mapping[str, float] = field(default_factory=dict)
    memory_bytes: int = 0


@dataclass(frozen=True)
class MemoryReading:
    """What the kernel says could be handed out without swapping, in bytes."""

    total_bytes: int
    available_bytes: int


class PilotState(str, Enum):
    """Where a pilot is in its life, as the engine sees it."""

    CREATED = "created"
    RUNNING = "running"
    FROZEN = "frozen"
    ENDED = "ended"


@dataclass(frozen=True)
class Pilot:
    """One container of ours. `created_at` is wall time and survives a restart of the agent."""

    id: str
    name: str
    kind: str
    state: PilotState
    created_at: float
    spec: str


@dataclass(frozen=True)
class Listing:
    """Every container of ours at one moment.

    `asked_at` (monotonic) is when the engine was asked: what changed after that is not in it.
    """

    pilots: tuple[Pilot, ...]
    asked_at: float


# From its start on a pilot is on its way for so long: a slot of HTCondor is seen after 2 to 5 s, and the pool
# is asked every 5 s. Agents and the service that grants them count the same time.
COMING_SECONDS = 10.0


@dataclass(frozen=True)
class DemandReading:
    """What a kind's pool says: `idle` jobs would fit, and so many new pilots are `granted` to this host.

    `asked_at` (monotonic) is that of what it was told: what has been started since is taken from the grant.
    """

    idle: int
    granted: int
    asked_at: float


@dataclass(frozen=True)
class Wants:
    """What a host tells of a kind: `coming` pilots are on their way, `most` more could be started.

    `at` (monotonic) is the tick in which that was so, with what was started in it.
    """

    coming: int = 0
    most: int = 0
    at: float = 0.0


class WishKind(str, Enum):
    """What the owner wants of the agent until further notice."""

    RUN = "run"
    PAUSE = "pause"
    DRAIN = "drain"


@dataclass(frozen=True)
class Wish:
    """The owner's wish. It beats every other signal.

    `until` ends a pause or a drain by itself; from `deadline` on a drain stops who is still there. Pilots
    created before `release_before` must go: told as a fact and not as a command, so that hearing it twice
    changes nothing. `at` is 0 where nobody has said it. `reason` is what was said with it. One `for_operator`
    takes the place of no owner's wish, and the operator's resume ends it.
    """

    kind: WishKind = WishKind.RUN
    until: float | None = None
    release_before: float = 0.0
    by: str = ""
    at: float = 0.0
    deadline: float | None = None
    reason: str = ""
    for_operator: bool = False

    @property
    def asked(self) -> str:
        """Whose wish it is, and why: "root (operator: new disks)"; empty where nobody has said it."""
        if not self.by:
            return ""
        why = ": ".join(part for part in ("operator" if self.for_operator else "", self.reason) if part)
        return f"{self.by} ({why})" if why else self.by

    def now(self, wall: float) -> WishKind:
        """The kind that holds at `wall`: a wish that has run out is none."""
        expired = self.until is not None and wall >= self.until
        return WishKind.RUN if expired else self.kind


@dataclass(frozen=True)
class Sample:
    """All that one tick could read. Counters are raw; a reading that failed is Missing.

    `images` has the kinds of pilots whose image is not on this host, `networks` those whose network cannot be
    used; `software` those that need some of the host, and what is wrong with it. `demand` has the kinds whose
    pool is asked: None before its first answer, Missing where it has not answered for too long.
    """

    monotonic: float
    wall: float
    cpu: CpuCounters | Missing
    pool: PoolCounters | Missing
    memory: MemoryReading | Missing
    listing: Listing | Missing
    images: Mapping[str, Missing] = field(default_factory=dict)
    software: Mapping[str, Missing | None] = field(default_factory=dict)
    networks: Mapping[str, Missing] = field(default_factory=dict)
    demand: Mapping[str, DemandReading | Missing | None] = field(default_factory=dict)
    weight: Missing | None = None
    wish: Wish = Wish()
    signals: Signals = field(default_factory=Signals)


# --- what is done --------------------------------------------------------------------------------


class Reason(str, Enum):
    """Why a pilot had to give way. The values are those of the metrics' label `reason`."""

    OWNER_CPU = "owner_cpu"
    MEMORY = "memory"
    POOL_SIZE = "pool_size"
    PAUSED = "paused"
    DRAINED = "drained"
    RELEASED = "released"
    EXPIRED = "expired"
    HOURS = "hours"
    PRESENCE = "presence"
    APPLICATION = "application"
    BATTERY = "battery"
    TEMPERATURE = "temperature"
    CPU_PRESSURE = "cpu_pressure"
    IO_PRESSURE = "io_pressure"
    MEMORY_PRESSURE = "memory_pressure"
    DISK = "disk"


@dataclass(frozen=True)
class Start:
    """Create and start one pilot. The name makes the action recognisable before it has an id.

    `decided_at` (wall) is what the owner's wishes are compared with: a pilot that was decided before
    they said "release" is not wanted, however late the engine makes it.
    """

    name: str
    kind: str
    decided_at: float


@dataclass(frozen=True)
class Freeze:
    """Take the CPU from a pilot and leave it all else. `demanded_at`: see Kill."""

    pilot: Pilot
    reason: Reason
    demanded_at: float


@dataclass(frozen=True)
class Thaw:
    """Let a frozen pilot go on."""

    pilot: Pilot


@dataclass(frozen=True)
class Stop:
    """Ask a pilot to end (SIGTERM), so that it can hand its work back. `demanded_at`: see Kill."""

    pilot: Pilot
    reason: Reason
    demanded_at: float


@dataclass(frozen=True)
class Kill:
    """End a pilot now. `demanded_at` (monotonic) is when the need for it was first seen."""

    pilot: Pilot
    reason: Reason
    demanded_at: float


@dataclass(frozen=True)
class Tell:
    """Tell a pilot to take no new work, by a signal that its image has agreed on, such as SIGUSR1."""

    pilot: Pilot
    signal: str


@dataclass(frozen=True)
class Reap:
    """Ask how an ended pilot ended, then remove what is left of it."""

    pilot: Pilot


Action = Start | Freeze | Thaw | Stop | Kill | Tell | Reap


def key(action: Action) -> str:
    """What the action works on: never two actions at once on the same.

    But a pilot that is being told something can be frozen or ended all the while.
    """
    if isinstance(action, Tell):
        return f"tell {action.pilot.id}"
    return action.name if isinstance(action, Start) else action.pilot.id


@dataclass(frozen=True)
class Ending:
    """How a pilot ended. Seconds of life; `exit_code` 137 with `out_of_memory` is the kernel's doing."""

    exit_code: int
    out_of_memory: bool
    lifetime_seconds: float


@dataclass(frozen=True)
class Done:
    """The engine did it. `pilot` after a start, `ending` after a reap."""

    action: Action
    finished_at: float
    took_seconds: float
    pilot: Pilot | None = None
    ending: Ending | None = None


@dataclass(frozen=True)
class Failed:
    """The engine did not do it, or did not say so in time. A failed kill is not a kill."""

    action: Action
    finished_at: float
    took_seconds: float
    error: str
    no_image: bool = False


Outcome = Done | Failed
