"""What has happened so far: the sums behind the counters, fed once a tick by the loop."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set

from plancton.core.decide import Decision
from plancton.core.exits import Exit, exit_of
from plancton.core.limits import LimitName
from plancton.core.observe import Seen
from plancton.core.policy import Policy
from plancton.core.repertoire import reasons_of
from plancton.engine.desk import Request
from plancton.metrics import table
from plancton.metrics.histogram import Histogram
from plancton.model import (
    Action,
    Done,
    Ending,
    Freeze,
    Kill,
    Missing,
    Outcome,
    PilotState,
    PoolCounters,
    Reap,
    Sample,
    Start,
    Stop,
    Thaw,
)

# Below this a pilot's share is rounding and not a nuisance.
NOTICEABLE_CORES = 0.05

NOT_BY_THEMSELVES = {Exit.STOPPED, Exit.KILLED, Exit.OUT_OF_MEMORY, Exit.UNKNOWN}

Labelled = defaultdict[tuple[str, ...], float]


class Totals:
    """Counters and histograms. Written by the loop's thread only; a scrape may read at any time."""

    def __init__(self, policy: Policy) -> None:
        self.cpu_seconds: Labelled = defaultdict(float, {(c,): 0.0 for c in table.CONSUMERS})
        self.starts: Labelled = defaultdict(float)
        self.exits: Labelled = defaultdict(float)
        self.freezes: Labelled = defaultdict(float)
        self.thaws: Labelled = defaultdict(float)
        self.stops: Labelled = defaultdict(float)
        self.kills: Labelled = defaultdict(float)
        self.pilot_cpu_seconds: Labelled = defaultdict(float)
        self.errors: Labelled = defaultdict(float, {(o,): 0.0 for o in table.OPERATIONS})
        self.requests = {o: Histogram(table.REQUEST_BOUNDS) for o in table.OPERATIONS}
        self.start_seconds = Histogram(table.START_BOUNDS)
        self.lifetime_seconds = Histogram(table.LIFETIME_BOUNDS)
        self.release_seconds = Histogram(table.RELEASE_BOUNDS)
        self.tick_seconds = Histogram(table.TICK_BOUNDS)
        self.releases_late = 0
        self.ticks_late = 0
        self.owner_impact_seconds = 0.0
        self._cpu_of: dict[str, float] = {}
        self._stopped: set[str] = set()
        self._killed: set[str] = set()
        self.know(policy)

    def know(self, policy: Policy) -> None:
        """Have every series of a policy from the start: a rate over a series that appears is blind to it."""
        reasons = {deed: [reason.value for reason in found] for deed, found in reasons_of(policy).items()}
        for kind in policy.kinds:
            for labelled, values in (
                (self.starts, table.START_RESULTS),
                (self.exits, table.EXIT_OUTCOMES),
                (self.freezes, reasons[Freeze]),
                (self.stops, reasons[Stop]),
                (self.kills, reasons[Kill]),
                (self.pilot_cpu_seconds, table.FATES),
            ):
                for value in values:
                    labelled[(kind.name, value)] += 0.0
            self.thaws[(kind.name,)] += 0.0

    def see(self, sample: Sample, seen: Seen, decision: Decision, interval_seconds: float) -> None:
        """Count what the tick saw. `interval_seconds` is the time since the last counted rates."""
        if isinstance(sample.pool, PoolCounters):
            self._cpu_of.update(sample.pool.member_cpu_seconds)
        if isinstance(seen.rates, Missing) or interval_seconds <= 0:
            return
        rates = seen.rates
        idle = max(rates.capacity_cores - rates.owner_cores - rates.pilot_cores, 0.0)
        self.cpu_seconds[("owner",)] += rates.owner_cores * interval_seconds
        self.cpu_seconds[("pilots",)] += rates.pilot_cores * interval_seconds
        self.cpu_seconds[("idle",)] += idle * interval_seconds
        cpu = next((limit for limit in decision.limits if limit.name is LimitName.CPU), None)
        if cpu and decision.running > cpu.ceiling and rates.pilot_cores > NOTICEABLE_CORES:
            self.owner_impact_seconds += interval_seconds

    def keep(self, there: Set[str]) -> None:
        """Drop the figures of pilots but these: somebody else has removed them, nobody will reap them."""
        self._cpu_of = {i: cpu_s for i, cpu_s in self._cpu_of.items() if i in there}
        self._stopped &= there
        self._killed &= there

    def cpu_before_kill(self, cpu_seconds: Mapping[str, float]) -> None:
        """The last reading of pilots that are about to be killed."""
        self._cpu_of.update(cpu_seconds)

    def cpu_by_pilot(self) -> dict[str, float]:
        """The latest reading of each pilot that is there, by its id."""
        return dict(self._cpu_of)

    def account(
        self, outcomes: Iterable[Outcome], deadline_seconds: float | None = None
    ) -> Counter[tuple[str, Exit]]:
        """Count what the engine has done. Gives the pilots that have ended, by kind and how.

        `deadline_seconds`: how soon a core should be back.
        """
        ended: Counter[tuple[str, Exit]] = Counter()
        for outcome in outcomes:
            action = outcome.action
            if isinstance(action, Start):
                result = "started" if isinstance(outcome, Done) else "failed"
                self.starts[(action.kind, result)] += 1
                if isinstance(outcome, Done):
                    self.start_seconds.observe(outcome.took_seconds)
            elif isinstance(action, Reap) and isinstance(outcome, Done):
                ended[(action.pilot.kind, self._buried(action, outcome.ending))] += 1
            elif isinstance(outcome, Done):
                self._done(action, outcome, deadline_seconds)
        return ended

    def _done(self, action: Action, outcome: Done, deadline_seconds: float | None) -> None:
        if isinstance(action, Thaw):
            self.thaws[(action.pilot.kind,)] += 1
        elif isinstance(action, Freeze | Stop | Kill):
            pilot = action.pilot
            counted = {Freeze: self.freezes, Stop: self.stops, Kill: self.kills}[type(action)]
            counted[(pilot.kind, action.reason.value)] += 1
            if isinstance(action, Stop):
                self._stopped.add(pilot.id)
                return  # its core comes back when it has ended
            if isinstance(action, Kill):
                self._killed.add(pilot.id)
            # Who was asked to end first has had its core for as long as its grace allows.
            if pilot.state is not PilotState.FROZEN and pilot.id not in self._stopped:
                self._released(max(outcome.finished_at - action.demanded_at, 0.0), deadline_seconds)

    def _released(self, seconds: float, deadline_seconds: float | None) -> None:
        self.release_seconds.observe(seconds)
        if deadline_seconds is not None and seconds > deadline_seconds:
            self.releases_late += 1

    def _buried(self, action: Reap, ending: Ending | None) -> Exit:
        pilot = action.pilot
        killed, stopped = pilot.id in self._killed, pilot.id in self._stopped
        self._killed.discard(pilot.id)
        self._stopped.discard(pilot.id)
        outcome = exit_of(action, ending, killed=killed, stopped=stopped)
        self.exits[(pilot.kind, outcome.value)] += 1
        fate = "lost" if outcome in NOT_BY_THEMSELVES else "useful"
        self.pilot_cpu_seconds[(pilot.kind, fate)] += self._cpu_of.pop(pilot.id, 0.0)
        if ending is not None:
            self.lifetime_seconds.observe(ending.lifetime_seconds)
        return outcome

    def ended(self) -> dict[str, dict[str, int]]:
        """How many pilots of each kind have ended how, since the agent started."""
        found: dict[str, dict[str, int]] = {}
        for (kind, outcome), number in self.exits.items():
            if number:
                found.setdefault(kind, {})[outcome] = int(number)
        return found

    def answered(self, requests: Iterable[Request]) -> None:
        """Count calls to the engine."""
        for request in requests:
            self.requests[request.operation].observe(request.seconds)
            if request.error is not None:
                self.errors[(request.operation,)] += 1
