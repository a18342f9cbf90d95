"""The numbers that the policy works with: the configuration, less everything that is not a decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from plancton.core.thresholds import Thresholds

# A pilot that has less than this share of its cores to itself leaves, and one with less than that is
# not started, whatever the tolerances say: with small pilots a tolerance in cores would let some stay
# on a host without any room.
LARGEST_RELEASE_TOLERANCE_SHARE = 0.5
LARGEST_GROW_TOLERANCE_SHARE = 0.25

# What a host keeps for its owner when the configuration does not say: one core, or a tenth of a
# large machine. A single core is what an interactive session needs to feel immediate.
DEFAULT_RESERVE_CORES = 1.0
DEFAULT_RESERVE_SHARE = 0.10

# How long the engine may take to freeze or kill pilots that are due: 0.1 to 0.3 s each, eight at a time.
LONGEST_RELEASE_SECONDS = 2.0


class Mode(str, Enum):
    """Whom the host belongs to. In a dry run the policy is the opportunistic one; no engine acts on it."""

    OPPORTUNISTIC = "opportunistic"
    DEDICATED = "dedicated"
    DRY_RUN = "dry-run"


@dataclass(frozen=True)
class Kind:
    """What pilots of one kind get, and how they fail. `share` is a weight among the host's kinds.

    `demand_probe_seconds` is None where nobody tells whether there is work.
    """

    name: str = "default"
    share: float = 1.0
    cpus: float = 1.0
    memory_bytes: int = 512 * 1024**2
    max_pilots: int | None = None
    ttl_seconds: float = 86400.0
    stop_grace_seconds: float = 10.0
    fizzle_seconds: float = 30.0
    backoff_first_seconds: float = 5.0
    backoff_max_seconds: float = 600.0
    no_work_first_seconds: float = 60.0
    no_work_max_seconds: float = 600.0
    drain_signal: str | None = None
    demand_probe_seconds: float | None = None


@dataclass(frozen=True)
class Policy:
    """Cores, bytes and seconds; None means that the host decides (see the methods).

    `default` is the kind of a host without `named` ones. Where there are some, it is what a pilot counts
    as whose kind is none of them (any more).
    """

    mode: Mode = Mode.OPPORTUNISTIC
    interval_seconds: float = 1.0
    default: Kind = Kind()
    named: tuple[Kind, ...] = ()
    max_pilots: int | None = None
    reserve_cores: float | None = None
    reserve_memory_bytes: int | None = None
    calm_seconds: float = 60.0
    ramp_pilots: int = 1
    grow_tolerance_cores: float = 0.25
    release_tolerance_cores: float = 0.5
    reserve_after_seconds: float | None = 30.0
    freeze_after_seconds: float | None = 0.0
    stop_after_seconds: float | None = 1800.0
    kill_after_seconds: float | None = None
    thaw_after_seconds: float = 10.0
    thaw_most_seconds: float = 180.0
    signals: Thresholds = field(default_factory=Thresholds)

    @cached_property
    def heeded(self) -> Thresholds:
        """The signals that hold in this mode."""
        return self.signals.on_a_dedicated_host() if self.mode is Mode.DEDICATED else self.signals

    @property
    def watched_seconds(self) -> float:
        """How far back a look at the owner goes at most."""
        return max(self.calm_seconds, self.thaw_after_seconds, self.thaw_most_seconds)

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that are started: at least one."""
        return self.named or (self.default,)

    def kind_of(self, name: str) -> Kind:
        """The kind that a pilot counts as."""
        return self._by_name.get(name, self.default)

    @cached_property
    def _by_name(self) -> dict[str, Kind]:
        return {kind.name: kind for kind in self.named}

    @property
    def release_deadline_seconds(self) -> float | None:
        """How soon after the owner's demand was seen a core should be back; None where pilots only are asked.

        The first rung is due at its time, is climbed in the next interval, and takes the engine a moment.
        """
        rungs = [after for after in (self.freeze_after_seconds, self.kill_after_seconds) if after is not None]
        if not rungs:
            return None
        return min(rungs) + self.interval_seconds + LONGEST_RELEASE_SECONDS

    def grow_slack_of(self, kind: Kind) -> float:
        """What a pilot's share may lack for it to be started, in cores."""
        return min(self.grow_tolerance_cores, LARGEST_GROW_TOLERANCE_SHARE * kind.cpus)

    def release_slack_of(self, kind: Kind) -> float:
        """What a pilot's share may lack for it to stay, in cores."""
        return min(self.release_tolerance_cores, LARGEST_RELEASE_TOLERANCE_SHARE * kind.cpus)

    def reserve_of(self, cores: float) -> float:
        """Cores that stay idle beside what the owner uses."""
        if self.reserve_cores is not None:
            return self.reserve_cores
        return max(DEFAULT_RESERVE_CORES, DEFAULT_RESERVE_SHARE * cores)

    def memory_reserve_of(self, total_bytes: int) -> int:
        """Bytes that stay available to the owner."""
        if self.reserve_memory_bytes is not None:
            return self.reserve_memory_bytes
        return int(DEFAULT_RESERVE_SHARE * total_bytes)
