"""The loop itself, with a fake engine and a fake cgroup tree: the order of things, tick by tick."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from plancton import intent
from plancton.cgroup import Hierarchy
from plancton.cgroup import Pool as PoolCgroup
from plancton.config.kinds import KindOptions
from plancton.config.policy_of import policy_of
from plancton.config.schema import Config, Grow, Paths, PilotOptions, Pool
from plancton.config.source import ConfigSource
from plancton.core.policy import Mode
from plancton.engine.base import EngineError
from plancton.engine.desk import Desk
from plancton.engine.fake import FakeEngine
from plancton.history import History
from plancton.intent import IntentSensor, path_in
from plancton.loop import Loop, reload_now, stop
from plancton.metrics.collector import AgentCollector
from plancton.metrics.totals import Totals
from plancton.model import Ending, Pilot, Wish, WishKind
from plancton.readings import PowerReading
from plancton.report import Report
from plancton.sensors.lookout import Lookout, Sensors
from tests.unit.demand_service import Queue, serving
from tests.unit.fake_cgroups import hierarchy_in, use

PATIENCE = 30.0
# No owner, no reserve, no calm: what holds the pilots back is told by the test.
EAGER = replace(Config(), mode=Mode.DEDICATED, pool=Pool(max_pilots=2, reserve_cores=0.0, cpus_per_pilot=0.1))
EAGER = replace(EAGER, grow=Grow(calm_seconds=0.0, ramp_pilots=2))


class Agent:
    """A loop whose ticks the test turns."""

    def __init__(
        self,
        directory: Path,
        config: Config = EAGER,
        hierarchy: Hierarchy | None = None,
        engine: FakeEngine | None = None,
    ) -> None:
        config = replace(config, paths=Paths(str(directory), str(directory)))
        totals = Totals(policy_of(config))
        self.engine = engine or FakeEngine()
        self.wish = path_in(str(directory))
        self.published = 0
        self.loop = Loop(
            source=ConfigSource(None, fixed=config),
            desk=Desk(self.engine, 5.0, 1.0),
            intent=IntentSensor(self.wish),
            totals=totals,
            collector=AgentCollector(totals),
            history=History(),
            hierarchy=hierarchy,
            published=self.count,
        )

    def count(self) -> None:
        self.published += 1

    def tick(self) -> Report:
        self.loop.tick()
        assert self.loop.collector.report is not None
        return self.loop.collector.report

    def until_pilots(self, count: int) -> None:
        """Tick until the engine runs so many, and two ticks more."""
        deadline = time.monotonic() + PATIENCE
        while sum(p.state.value == "running" for p in self.engine.pilots()) != count:
            assert time.monotonic() < deadline, self.tick().sentence
            self.tick()
            time.sleep(0.05)
        self.tick()
        self.tick()


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    (tmp_path / "cgroup").mkdir()
    found = Agent(tmp_path, hierarchy=hierarchy_in(tmp_path / "cgroup", 1))
    yield found
    stop(found.loop)


def test_the_first_tick_is_blind_and_published_all_the_same(agent: Agent) -> None:
    report = agent.tick()
    assert report.decision.actions == ()
    assert report.sentence.startswith("blind: ")
    assert agent.published == 1


def test_pilots_come_and_a_pause_takes_them_away(agent: Agent) -> None:
    agent.until_pilots(2)
    intent.write(agent.wish, Wish(WishKind.PAUSE, at=time.time()))
    agent.until_pilots(0)
    deadline = time.monotonic() + PATIENCE
    while agent.loop.totals.exits[("default", "stopped")] < 2:
        assert time.monotonic() < deadline
        agent.tick()
        time.sleep(0.05)
    assert agent.engine.pilots() == ()
    assert agent.loop.totals.stops[("default", "paused")] == 2


def test_a_signal_takes_pilots_away_and_tells_why(agent: Agent) -> None:
    readings = {"on": False}
    sensors = Sensors(power=lambda: PowerReading(readings["on"], 0.5))
    agent.loop.lookout = Lookout(sensors, every_seconds=0.05)
    agent.until_pilots(2)
    readings["on"] = True
    agent.until_pilots(0)
    report = agent.tick()
    assert report.sentence.startswith("running on battery, 50% left; aiming at 0 pilots")
    assert report.sensors["power"]
    assert agent.loop.totals.freezes[("default", "battery")] == 2


def test_an_empty_queue_has_one_probe_and_jobs_that_come_have_their_pilots(tmp_path: Path) -> None:
    (tmp_path / "cgroup").mkdir()
    queue = Queue()
    with serving(queue) as (desk, port):
        pilot = PilotOptions(demand_url=f"http://127.0.0.1:{port}", demand_every_seconds=5.0)
        config = replace(EAGER, pool=replace(EAGER.pool, max_pilots=3), pilot=pilot)
        agent = Agent(tmp_path, config, hierarchy_in(tmp_path / "cgroup", 1))
        agent.until_pilots(1)
        for _ in range(20):
            assert agent.tick().decision.actions == ()
        assert "no job waits" in agent.tick().sentence
        queue.jobs = 50
        desk.refresh()
        agent.until_pilots(3)
        stop(agent.loop)
        agent.loop.demand.close()


def test_a_successor_adopts_what_runs(agent: Agent, tmp_path: Path) -> None:
    agent.until_pilots(2)
    before = {p.id for p in agent.engine.pilots()}
    successor = Agent(tmp_path, hierarchy=agent.loop.hierarchy)
    successor.engine = agent.engine
    successor.loop.desk = Desk(agent.engine, 5.0, 1.0)
    for _ in range(20):
        successor.tick()
        time.sleep(0.05)
    assert {p.id for p in agent.engine.pilots()} == before
    assert successor.tick().decision.running == 2


def test_a_dry_run_decides_and_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "cgroup").mkdir()
    dry = replace(EAGER, mode=Mode.DRY_RUN, pool=Pool(max_pilots=0))
    agent = Agent(tmp_path, dry, hierarchy_in(tmp_path / "cgroup", 1))
    for _ in range(10):
        report = agent.tick()
        time.sleep(0.05)
    assert report.sentence.endswith(" (dry run)")
    assert agent.engine.pilots() == ()
    assert not (tmp_path / "cgroup" / "cpu" / "plancton").exists()


def test_a_dry_run_gives_back_what_is_there_and_tells_a_decision_once(agent: Agent, tmp_path: Path) -> None:
    agent.until_pilots(2)
    dry = Agent(tmp_path, replace(EAGER, mode=Mode.DRY_RUN), agent.loop.hierarchy)
    dry.engine = agent.engine
    dry.loop.desk = Desk(agent.engine, 5.0, 1.0)
    intent.write(dry.wish, Wish(WishKind.PAUSE, at=time.time()))
    dry.until_pilots(0)
    intent.write(dry.wish, Wish(at=time.time()))
    # Its host is the real one: while something else keeps that busy, there is nothing to decide.
    deadline = time.monotonic() + PATIENCE
    while not (report := dry.tick()).sentence.endswith("starting 2 pilots (dry run)"):
        assert time.monotonic() < deadline, report.sentence
        time.sleep(0.02)
    for _ in range(10):
        dry.tick()
        time.sleep(0.02)
    assert dry.engine.pilots() == ()
    told = [entry["sentence"] for entry in dry.loop.history.entries()]
    assert report.sentence in told
    assert all(one != next_one for one, next_one in pairwise(told))


def test_kinds_are_started_each_with_its_description_and_follow_the_file(tmp_path: Path) -> None:
    (tmp_path / "cgroup").mkdir()
    alice = KindOptions("alice", 1.5, (("command", ("work",)), ("cpus_per_pilot", 0.2)))
    two = replace(EAGER, kinds=(alice, KindOptions("local", 1.0)), pool=replace(EAGER.pool, max_pilots=3))
    engine = FakeEngine()
    agent = Agent(tmp_path, two, hierarchy_in(tmp_path / "cgroup", 1), engine)
    agent.until_pilots(3)
    there = {p.kind: p.spec for p in engine.pilots()}
    assert sorted(p.kind for p in engine.pilots()) == ["alice", "local", "local"]
    assert there["alice"] != there["local"]
    report = agent.tick()
    assert [(q.kind.name, q.there) for q in report.decision.kinds] == [("alice", 1), ("local", 2)]
    agent.loop.source.config = replace(
        agent.loop.source.config, kinds=(KindOptions("new", 1.0),), pool=replace(EAGER.pool, max_pilots=4)
    )
    agent.until_pilots(4)
    assert sorted(p.kind for p in engine.pilots()) == ["alice", "local", "local", "new"]
    assert ("new", "started") in agent.loop.totals.starts


class TiredEngine(FakeEngine):
    """Its pilots find no work."""

    def reap(self, pilot_id: str) -> Ending | None:
        ending = super().reap(pilot_id)
        return None if ending is None else replace(ending, exit_code=75)


def test_a_pilot_that_finds_no_work_is_told_and_the_next_one_waits(tmp_path: Path) -> None:
    (tmp_path / "cgroup").mkdir()
    engine = TiredEngine(life_seconds=0.1)
    alone = replace(EAGER, pool=replace(EAGER.pool, max_pilots=1))
    agent = Agent(tmp_path, alone, hierarchy_in(tmp_path / "cgroup", 1), engine)
    deadline = time.monotonic() + PATIENCE
    while not agent.loop.totals.exits[("default", "no_work")]:
        assert time.monotonic() < deadline, agent.tick().sentence
        agent.tick()
        time.sleep(0.05)
    report = agent.tick()
    assert report.decision.binding.because.startswith("the pilot found no work (1 in a row); next try in ")
    assert report.ended == {"default": {"no_work": 1}}
    assert agent.loop.totals.starts[("default", "started")] == 1
    told = [entry for entry in agent.loop.history.entries() if "ended (no_work)" in entry["sentence"]]
    assert told
    assert all(entry["acted"] for entry in told)


class MuteEngine(FakeEngine):
    """Can all but list its containers, once it is told so."""

    mute = False

    def pilots(self) -> tuple[Pilot, ...]:
        if self.mute:
            raise EngineError("cannot list")
        return super().pilots()


def test_an_engine_that_cannot_list_still_ends_pilots(tmp_path: Path) -> None:
    (tmp_path / "cgroup").mkdir()
    engine, hierarchy = MuteEngine(), hierarchy_in(tmp_path / "cgroup", 1)
    agent = Agent(tmp_path, hierarchy=hierarchy, engine=engine)
    agent.until_pilots(2)
    pool = PoolCgroup("plancton", "systemd", hierarchy)
    use(pool, 1.0)
    for pilot in engine.pilots():
        use(pool, 0.5, pilot.id)
    engine.mute = True
    agent.loop.desk.want_listing()
    intent.write(agent.wish, Wish(WishKind.PAUSE, at=time.time()))
    deadline = time.monotonic() + PATIENCE
    while agent.loop.totals.kills[("default", "paused")] < 2:
        assert time.monotonic() < deadline, agent.tick().sentence
        agent.tick()
        time.sleep(0.05)
    assert not agent.tick().sensors["engine"]


def test_without_a_cgroup_hierarchy_nothing_is_started(tmp_path: Path) -> None:
    agent = Agent(tmp_path)
    for _ in range(10):
        report = agent.tick()
        time.sleep(0.05)
    assert agent.engine.pilots() == ()
    assert "blind: cpu" in report.sentence


def test_an_engine_that_goes_away_is_told_and_comes_back(agent: Agent) -> None:
    agent.until_pilots(2)
    agent.engine.broken = "the engine is on strike"
    deadline = time.monotonic() + PATIENCE
    while agent.tick().sensors["engine"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "the engine is on strike" in agent.tick().sentence
    agent.engine.broken = None
    while not agent.tick().sensors["engine"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert agent.tick().decision.running == 2


def test_it_turns_until_told_to_stop_and_a_signal_wakes_it(tmp_path: Path) -> None:
    slow = replace(EAGER, interval_seconds=60.0)
    agent = Agent(tmp_path, slow)
    turning = threading.Thread(target=agent.loop.run, daemon=True)
    turning.start()
    deadline = time.monotonic() + PATIENCE
    while agent.published < 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    reload_now(agent.loop)
    while agent.published < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    stop(agent.loop)
    turning.join(PATIENCE)
    assert not turning.is_alive()


def test_a_tick_that_fails_is_one_lost_tick_and_the_watchdog_is_not_told(tmp_path: Path) -> None:
    agent = Agent(tmp_path, replace(EAGER, interval_seconds=0.01))
    failures = iter([OSError("a fault"), ValueError("another")])

    class FaultySensor(IntentSensor):
        def read(self) -> Wish:
            fault = next(failures, None)
            if fault is not None:
                raise fault
            stop(agent.loop)
            return super().read()

    agent.loop.intent = FaultySensor(agent.wish)
    agent.loop.run()
    assert agent.published == 1
