"""The loop: sense → observe → decide → act, once an interval. The only place that knows the order."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from plancton import cgroup
from plancton.alarm import Alarm
from plancton.config.one_kind import kinds_of
from plancton.config.policy_of import policy_of
from plancton.config.schema import Config
from plancton.config.source import ConfigSource
from plancton.core.decide import Decision, decide
from plancton.core.learn import forget, learn, remember
from plancton.core.memory import Memory
from plancton.core.narrate import narrate, remarkable
from plancton.core.observe import Seen, observe
from plancton.core.policy import Mode, Policy
from plancton.engine import networks
from plancton.engine.base import Facts
from plancton.engine.desk import Desk
from plancton.engine.images import Wanted
from plancton.history import History
from plancton.intent import IntentSensor
from plancton.metrics.collector import AgentCollector
from plancton.metrics.totals import Totals
from plancton.model import (
    Action,
    Failed,
    Kill,
    Listing,
    Missing,
    Outcome,
    PoolCounters,
    Reap,
    Sample,
    Start,
    Stop,
    Wants,
    key,
)
from plancton.pilot_environment import Here
from plancton.pilot_software import wanted
from plancton.pilot_spec import Limits, Spec, describe
from plancton.readings import readable
from plancton.report import Report
from plancton.sensors import cpu
from plancton.sensors import memory as memory_sensor
from plancton.sensors.demand import DemandSensor, Service
from plancton.sensors.lookout import Lookout, Place
from plancton.sensors.pool import PoolSensor
from plancton.sensors.software import SoftwareSensor
from plancton.sensors.software import Wanted as WantedSoftware

log = logging.getLogger(__name__)

# The kernel keeps the weight once it is written; engines and administrators may reset it.
WEIGHT_CHECK_SECONDS = 10.0
NOT_TOLD = Missing("the engine has not told its cgroup driver yet")


@dataclass
class Ground:
    """What is known only after the engine has told its cgroup driver and its kernel's limits."""

    facts: Facts
    pool: cgroup.Pool
    sensor: PoolSensor


@dataclass(frozen=True)
class Orders:
    """What follows from a configuration, made once for each."""

    config: Config
    policy: Policy
    images: dict[str, Wanted]
    software: dict[str, WantedSoftware]
    demand: dict[str, Service]
    network: networks.Wanted


@dataclass
class Loop:
    """One agent on one host."""

    source: ConfigSource
    desk: Desk
    intent: IntentSensor
    totals: Totals
    collector: AgentCollector
    history: History
    hierarchy: cgroup.Hierarchy | None
    published: Callable[[], None] = lambda: None
    here: Here = field(default_factory=lambda: Here(socket.gethostname(), psutil.cpu_count() or 1))
    alarm: Alarm = field(default_factory=Alarm)
    lookout: Lookout = field(default_factory=Lookout)
    software: SoftwareSensor = field(default_factory=SoftwareSensor)
    demand: DemandSensor = field(default_factory=DemandSensor)
    stopping: bool = False
    reload: bool = False
    last_tick_at: float = 0.0
    _memory: Memory = field(default_factory=Memory)
    _ground: Ground | None = None
    _members: frozenset[str] = frozenset()
    _weight: Missing | None = NOT_TOLD
    _weight_checked_at: float = float("-inf")
    _orders: Orders | None = None
    _wants: Mapping[str, Wants] = field(default_factory=dict)
    _specs: tuple[object, dict[str, Spec]] | None = None
    _faults: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Tick until told to stop. The next tick is due one interval after the last was due."""
        due = time.monotonic()
        while not self.stopping:
            try:
                self.tick()
            except Exception:
                # Better one lost second than a host without its agent. The watchdog is not told of
                # this tick, so that a fault that stays ends in a restart.
                log.exception("a tick has failed")
            due += self.source.config.interval_seconds
            left = due - time.monotonic()
            if left < 0:
                self.totals.ticks_late += 1
                due = time.monotonic()
            if self.alarm.wait(max(left, 0.0)):
                due = min(due, time.monotonic())

    def tick(self) -> None:
        """One turn."""
        began = time.monotonic()
        self.source.refresh(now=self.reload)
        self.reload = False
        policy = self.orders.policy
        outcomes = self.desk.outcomes()
        self._memory = learn(policy, self._memory, outcomes, time.time())
        before = self._memory.baseline
        sample = self.sense()
        self._memory, seen = observe(self._memory, sample)
        self._memory, decision = decide(policy, self._memory, seen)
        # What is not going to be started is not taken from others.
        self._wants = {} if self.source.config.mode is Mode.DRY_RUN else decision.wants
        done = self.act(decision)
        fresh = self._memory.baseline is not before and not isinstance(seen.rates, Missing)
        interval = seen.rates.interval_seconds if fresh and not isinstance(seen.rates, Missing) else 0.0
        self.totals.see(sample, seen, decision, interval)
        self.publish(sample, seen, decision, outcomes, acted=not all(isinstance(a, Reap) for a in done))
        self.last_tick_at = time.monotonic()
        self.totals.tick_seconds.observe(self.last_tick_at - began)

    @property
    def orders(self) -> Orders:
        """Those of the configuration in force."""
        config = self.source.config
        if self._orders is None or self._orders.config is not config:
            kinds = [(one.name, one.config.pilot) for one in kinds_of(config)]
            images = {name: Wanted(pilot.image, pilot.image_refresh_seconds) for name, pilot in kinds}
            software = {one.name: found for one in kinds_of(config) if (found := wanted(one.config))}
            demand = {one.name: service for one in kinds_of(config) if (service := Service.of(one.config))}
            network = networks.wanted_of(config)
            self._orders = Orders(config, policy_of(config), images, software, demand, network)
            self.totals.know(self._orders.policy)
        return self._orders

    def sense(self) -> Sample:
        """Read everything. Never raises; what cannot be read is Missing."""
        ground = self._settle()
        pool = ground.sensor.read() if ground else NOT_TOLD
        if isinstance(pool, PoolCounters) and pool.members != self._members:
            # A pilot has come or gone: the kernel tells it at once and for nothing.
            self._members = pool.members
            self.desk.want_listing()
        wall = time.time()
        place = Place(ground.facts.root, self.hierarchy, ground.pool.parent) if ground else Place()
        return Sample(
            monotonic=time.monotonic(),
            wall=wall,
            cpu=cpu.read(),
            pool=pool,
            memory=memory_sensor.read(),
            listing=self.desk.listing(),
            images=self.desk.images(self.orders.images),
            software=self.software.look(self.orders.software),
            demand=self.demand.look(self.orders.demand, self._wants),
            networks=self.desk.networks.look(self.orders.network),
            weight=self._weight,
            wish=self.intent.read(),
            signals=self.lookout.read(self.orders.policy.heeded, place, wall),
        )

    def _settle(self) -> Ground | None:
        facts = self.desk.facts
        if facts is None or self.hierarchy is None:
            return None
        if self._ground is None or self._ground.facts != facts:
            pool = cgroup.Pool(self.source.config.name, facts.cgroup_driver, self.hierarchy)
            self._ground = Ground(facts, pool, PoolSensor(pool))
            self.desk.boost.pool = pool
        if time.monotonic() - self._weight_checked_at >= WEIGHT_CHECK_SECONDS:
            self._weight_checked_at = time.monotonic()
            self._weight = self._keep_weight(self._ground.pool)
        return self._ground

    def _keep_weight(self, pool: cgroup.Pool) -> Missing | None:
        with self.desk.boost.settled() as settled:
            if not settled:
                return self._weight
            if self.source.config.mode is not Mode.DRY_RUN or self._members:
                # Without root this lowers a weight that was reset, and cannot make what is missing.
                with suppress(OSError):
                    cgroup.create(pool, owner=None)
            return cgroup.why_not_lowest(pool)

    def act(self, decision: Decision) -> list[Action]:
        """Hand the actions over; their outcomes are taken in by a later tick. Gives what was handed over.

        A dry run starts nothing. It gives back what an earlier agent may have left all the same: the
        owner's need is real.
        """
        ground, actions = self._ground, list(decision.actions)
        if ground is None or self.source.config.mode is Mode.DRY_RUN:
            actions = [a for a in actions if not isinstance(a, Start)]
        cancelled = [name for name in decision.cancelled if self.desk.cancel(name)]
        self._memory = forget(self._memory, cancelled)
        if not actions:
            return actions
        if ground is not None:
            doomed = [key(a) for a in actions if isinstance(a, Stop | Kill)]
            readings = {pilot_id: ground.sensor.read_one(pilot_id) for pilot_id in doomed}
            self.totals.cpu_before_kill({i: cpu_s for i, cpu_s in readings.items() if cpu_s is not None})
        self.desk.perform(actions, None if ground is None else self._specs_on(ground))
        self._memory = remember(self._memory, actions)
        return actions

    def _specs_on(self, ground: Ground) -> dict[str, Spec]:
        """Each kind's description; made anew when the configuration or the engine has changed."""
        facts, config = ground.facts, self.source.config
        made_of = (config, facts)
        if self._specs is None or self._specs[0] != made_of:
            limits = Limits(facts.cpu_quota, facts.memory_limit, facts.pids_limit, facts.swap_limit)
            kinds = kinds_of(config)
            specs = {one.name: describe(one.config, ground.pool.parent, limits, self.here) for one in kinds}
            self._specs = (made_of, specs)
        return self._specs[1]

    def publish(
        self, sample: Sample, seen: Seen, decision: Decision, outcomes: list[Outcome], *, acted: bool
    ) -> None:
        """Metrics, history, log."""
        config = self.source.config
        policy = self.orders.policy
        ended = remarkable(self.totals.account(outcomes, policy.release_deadline_seconds))
        self.totals.answered(self.desk.requests())
        sentence = narrate(decision, ended)
        if config.mode is Mode.DRY_RUN:
            sentence += " (dry run)"
        self.collector.report = Report(
            seen=seen,
            policy=policy,
            decision=decision,
            sentence=sentence,
            mode=config.mode.value,
            sensors={
                "cpu": not isinstance(sample.cpu, Missing),
                "pool": not isinstance(sample.pool, Missing),
                "memory": not isinstance(sample.memory, Missing),
                "engine": not isinstance(sample.listing, Missing),
                **readable(sample.signals),
            },
            weight=self._weight,
            loaded_at=self.source.loaded_at,
            reload_error=self.source.error,
            cpu_seconds=self.totals.cpu_by_pilot(),
            image_refreshes=self.desk.image_refreshes(self.orders.images),
            ended=self.totals.ended(),
            guarded=self.desk.networks.guarded,
        )
        if isinstance(sample.listing, Listing) and not isinstance(sample.pool, Missing):
            listed = {p.id for p in sample.listing.pilots}
            self.totals.keep(listed | sample.pool.members | set(self._memory.in_flight))
        for outcome in outcomes:
            self._log(outcome)
        if self.history.add(seen.wall, decision, sentence, acted=acted or bool(ended)) is not None:
            log.info("%s", sentence)
        self.published()

    def _log(self, outcome: Outcome) -> None:
        """A fault that stays is told once: an engine that is down fails every second."""
        what = type(outcome.action).__name__.lower()
        error = outcome.error if isinstance(outcome, Failed) else None
        if error is None:
            self._faults.pop(what, None)
        elif self._faults.get(what) != error:
            self._faults[what] = error
            log.warning("%s of %s failed: %s", what, key(outcome.action)[:20], error)


def stop(loop: Loop) -> None:
    """End after the present tick; pilots go on and are adopted by the successor."""
    loop.stopping = True
    loop.alarm.ring()


def reload_now(loop: Loop) -> None:
    """Read the configuration again at once, changed or not."""
    loop.reload = True
    loop.alarm.ring()
