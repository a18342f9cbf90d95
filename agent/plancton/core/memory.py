"""What the agent remembers from tick to tick. One frozen value; losing it is safe.

After a restart everything that matters is read again: pilots from their labels, the owner's wish
from its file. The clocks start afresh, which only delays growth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plancton.core.window import Window
from plancton.model import Action, CpuCounters, Listing, Outcome, PoolCounters, Reason


@dataclass(frozen=True)
class Baseline:
    """The counters against which the next rates are taken."""

    monotonic: float
    cpu: CpuCounters
    pool: PoolCounters


@dataclass(frozen=True)
class Rates:
    """What the counters said over the last interval, in cores."""

    interval_seconds: float
    capacity_cores: float
    owner_cores: float
    pilot_cores: float


@dataclass(frozen=True)
class Backoff:
    """Failures in a row of starting pilots of a kind, or of its pilots that failed; or found no work.

    `lived_seconds` is how long a pilot has looked for its pool, or for work, in vain; `at_the_pool`: the
    last one has, and has told so.
    """

    failures: int = 0
    retry_at: float = 0.0
    failed_at_wall: float = 0.0
    why: str = ""
    lived_seconds: float = 0.0
    at_the_pool: bool = False


@dataclass(frozen=True)
class Pace:
    """A kind whose pilots end well and soon: how long they live on average, the later counting for more.

    `started_at` (monotonic) is when the last one was started, `ended_at_wall` when the last one ended.
    """

    mean_seconds: float
    started_at: float
    ended_at_wall: float = 0.0


@dataclass(frozen=True)
class Stopping:
    """A pilot that was asked to end. `asked_at` and `demanded_at` are monotonic."""

    asked_at: float
    demanded_at: float
    reason: Reason


@dataclass(frozen=True)
class Restless:
    """How often in a row the owner has come back soon, and when pilots were last let in (monotonic)."""

    times: int = 0
    let_in_at: float | None = None


@dataclass(frozen=True)
class Hold:
    """A signal that asks, or has lately asked, for the host. Times are monotonic.

    `last_at` is when it was last not quiet, `times` how often it has come back soon, `ceiling` how many
    pilots it leaves, and `stepped_at` when that was last made less.
    """

    rings: bool
    last_at: float
    times: int = 1
    ceiling: int = 0
    stepped_at: float = 0.0


@dataclass(frozen=True)
class Memory:
    """See the module. Mappings are by container id, but for starts, which have only a name yet.

    `listing` is the last one that the engine gave, however long ago. `over_since` is when pilots began
    to be in the owner's way, `frozen_since` when each frozen one was first seen so (both monotonic): two
    clocks, since a frozen pilot is in nobody's way and would hide the demand that froze it. `holds` are
    by SignalName; `backoffs`, `no_work` and `paces` by kind, and only of kinds that have failed, found no
    work or end soon; `not_frozen` counts attempts in a row that failed. `told` is when a pilot may be told
    again (monotonic) to take no new work. `last_starts` (monotonic) are of kinds whose demand is
    asked for.
    """

    baseline: Baseline | None = None
    rates: Rates | None = None
    owner: Window = field(default_factory=Window)
    over_since: float | None = None
    reserve_used_since: float | None = None
    frozen_since: Mapping[str, float] = field(default_factory=dict)
    restless: Restless = Restless()
    stopping: Mapping[str, Stopping] = field(default_factory=dict)
    listing: Listing | None = None
    not_frozen: Mapping[str, int] = field(default_factory=dict)
    in_flight: Mapping[str, Action] = field(default_factory=dict)
    recent: tuple[Outcome, ...] = ()
    killed: Mapping[str, Reason] = field(default_factory=dict)
    not_before: Mapping[str, float] = field(default_factory=dict)
    backoffs: Mapping[str, Backoff] = field(default_factory=dict)
    no_work: Mapping[str, Backoff] = field(default_factory=dict)
    paces: Mapping[str, Pace] = field(default_factory=dict)
    told: Mapping[str, float] = field(default_factory=dict)
    last_starts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    holds: Mapping[str, Hold] = field(default_factory=dict)
