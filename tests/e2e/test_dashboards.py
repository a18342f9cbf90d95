"""Every query of every dashboard, asked of a real Prometheus that has scraped real agents, finds series.

Two agents at two sites and a host that is switched off; starts, freezes, stops, kills and an alert have
happened. The engines have no containers, so that it does not matter how busy the machine is; what pilots have
worked is a past of some weeks that Prometheus is given.
"""

from __future__ import annotations

import datetime
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from grafana.builder import words
from plancton.core.limits import LimitName
from tests.dashboards import PAGES, Target, labels_of_legend, replaced, targets
from tests.e2e.agent_process import AgentProcess
from tests.e2e.backfill import HOUR_SECONDS, backfill
from tests.e2e.prometheus_process import PrometheusProcess, Series
from tests.e2e.waiting import free_port, wait_for

FIRST, SECOND, OFF = "pc01", "pc02", "pc03"
NO_IMAGE = "plancton-pilot:embedded"  # the one that an engine without containers has
CHOSEN = {"$job": ".+", "$site": ".*", "$instance": ".+", "$kind": ".+"}
RANGES = {"$__rate_interval": "10m", "$__range": "7d"}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DEFAULT_STEP = "15s"

# They are there where a host has such sensors, and where the agent is asked to read them.
OF_SOME_HOSTS = ("plancton_temperature_celsius", "plancton_pressure_ratio")
# Nothing is no part of nothing: silent on a machine that has no idle moment in two minutes.
OF_IDLE_NOW = "site_consumer:plancton_cpu_seconds:rate2m"

# Neither the noise of the machine nor its owner's share decides which pilots there are. Pressure is watched
# where the kernel has it.
STEADY = {
    "mode": "dedicated",
    "pool": {"cpus_per_pilot": 0.1, "memory_per_pilot": "16MiB", "max_pilots": 4},
    "grow": {"ramp_pilots": 4},
    "release": {"freeze_after_seconds": 0, "kill_after_seconds": None},
    "signals": {"pressure_memory_most_share": 1},
}

# In each hour of the past one core has been used well, a tenth of one for nothing, and as much lay idle.
USEFUL_SECONDS, LOST_SECONDS = 3600, 360
DAYS = 70  # at least one whole month and parts of two others
WORKED = "kind_fate:plancton_pilot_cpu_seconds:increase5m"
USED = "consumer:plancton_cpu_seconds:increase5m"
PAST = {
    f'{level}_{steps},job="plancton",site="north"{host}}}': seconds
    for level, host in (("site", ""), ("instance", f',instance="{FIRST}"'))
    for steps, seconds in (
        (f'{WORKED}{{kind="past",fate="useful"', USEFUL_SECONDS),
        (f'{WORKED}{{kind="past",fate="lost"', LOST_SECONDS),
        (f'{USED}{{consumer="pilots"', USEFUL_SECONDS + LOST_SECONDS),
        (f'{USED}{{consumer="idle"', USEFUL_SECONDS + LOST_SECONDS),
    )
}


class Fleet:
    """The agents and their Prometheus. `past` are the hours (Unix time / 3600) that it has been given."""

    def __init__(self, top: Path) -> None:
        self.first, self.second = (AgentProcess(_made(top / name), NO_IMAGE) for name in (FIRST, SECOND))
        self.first.configure(**STEADY, kinds={"short": {"share": 1}, "long": {"share": 3}})
        self.second.configure(**STEADY, pilot={"kind": "local"})
        scraped = [
            _target(self.first.port, FIRST, "north"),
            _target(self.second.port, SECOND, "south"),
            _target(free_port(), OFF, "south"),
        ]
        self.prometheus = PrometheusProcess(top / "prometheus", scraped)
        # The hours just gone are those of the head, which takes nothing that is older than what is given.
        until = int(time.time()) // HOUR_SECONDS - 3
        self.past = range(until - 24 * DAYS, until)

    def start(self) -> None:
        backfill(self.prometheus.data, PAST, self.past)
        self.prometheus.start()
        for agent in (self.first, self.second):
            agent.start("--fake")

    def wait_for(self, expr: str) -> None:
        """Until Prometheus sees it."""
        wait_for(expr, lambda: self.prometheus.now(expr), 90, pause=0.3)

    def close(self) -> None:
        for agent in (self.first, self.second):
            print(agent.log())
            agent.clean_up()
        self.prometheus.close()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    made = Fleet(tmp_path_factory.mktemp("fleet"))
    try:
        made.start()
        _let_it_all_happen(made)
        yield made
    finally:
        made.close()


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


def _target(port: int, name: str, site: str) -> dict[str, object]:
    return {"targets": [f"127.0.0.1:{port}"], "labels": {"instance": name, "site": site}}


def _let_it_all_happen(fleet: Fleet) -> None:
    """Each is seen by Prometheus before the next. It ends with pilots running here and frozen there."""
    first, of_first = fleet.first, f'instance="{FIRST}"'
    running = f'plancton_pilots{{{of_first}, kind="long", state="running"}} == 3'
    fleet.wait_for(running)
    first.configure(signals={"hours": [_never()]})
    fleet.wait_for(f'plancton_pilot_freezes_total{{{of_first}, kind="long", reason="hours"}} == 3')
    first.configure(signals={"hours": []})
    fleet.wait_for(f'plancton_pilot_thaws_total{{{of_first}, kind="long"}} == 3')
    assert first.run("pause", "1h").returncode == 0
    fleet.wait_for(f'plancton_pilot_stops_total{{{of_first}, kind="long", reason="paused"}} == 3')
    assert first.run("resume").returncode == 0
    fleet.wait_for(running)
    assert first.run("release").returncode == 0
    fleet.wait_for(f'plancton_pilot_kills_total{{{of_first}, kind="long", reason="released"}} == 3')
    fleet.wait_for(running)
    fleet.second.configure(signals={"hours": [_never()]})
    fleet.wait_for(f'plancton_pilots{{instance="{SECOND}", state="frozen"}} == 4')
    fleet.wait_for('ALERTS{alertname="PlanctonAgentDown", alertstate="firing"}')


def _never() -> str:
    """A window that is neither now nor soon."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return days[(datetime.datetime.now().astimezone().weekday() + 3) % 7]


def asked(fleet: Fleet, target: Target) -> list[Series]:
    """What Grafana would be given for a query, with everything chosen, on the page of a host that host."""
    step = target.target.get("interval", DEFAULT_STEP)
    chosen = CHOSEN | ({"$instance": FIRST} if target.page == "plancton-host" else {})
    expr = replaced(target.expr, {**chosen, **RANGES, "$__interval": step})
    if target.target["instant"]:
        return fleet.prometheus.now(expr)
    return fleet.prometheus.course(expr, int(step[:-1]) * SECONDS[step[-1]])


def target_of(page: str, title: str, ref: str = "A") -> Target:
    (found,) = (t for t in targets(page) if (t.panel["title"], t.target["refId"]) == (title, ref))
    return found


def test_everything_that_is_asked_is_answered(fleet: Fleet) -> None:
    exported = fleet.first.get("/metrics")
    every = [target for page in PAGES for target in targets(page)]
    absent = [name for name in OF_SOME_HOSTS if name not in exported]
    waiting = [target for target in every if not any(name in target.expr for name in absent)]

    def all_answered() -> bool:
        waiting[:] = [target for target in waiting if not is_answered(fleet, target)]
        return not waiting

    wait_for(lambda: "; ".join(map(str, waiting)), all_answered, 120, pause=1)


def is_answered(fleet: Fleet, target: Target) -> bool:
    """Whether something can be drawn, under names that are made of labels which are there."""
    if target.panel["title"] == "Of the idle, now" and nothing_is_idle(fleet):
        return True
    found = [series for series in asked(fleet, target) if series.is_drawn]
    names = labels_of_legend(target.target["legendFormat"])
    return bool(found) and all(names <= series.labels.keys() for series in found)


def nothing_is_idle(fleet: Fleet) -> bool:
    return bool(fleet.prometheus.now(f'sum({OF_IDLE_NOW}{{consumer!="owner"}}) == 0'))


def test_the_table_of_hosts_has_the_one_that_is_off_and_what_limits_the_others(fleet: Fleet) -> None:
    agents = asked(fleet, target_of("plancton-fleet", "Hosts"))
    up = {series.labels["instance"]: series.last for series in agents}
    assert up == {FIRST: 1, SECOND: 1, OFF: 0}
    limits = asked(fleet, target_of("plancton-fleet", "Hosts", "B"))
    assert {s.labels["limit"] for s in limits if s.labels["instance"] == SECOND} == {"hours"}
    down = asked(fleet, target_of("plancton-fleet", "Hosts down"))
    assert [series.last for series in down] == [1]


def test_a_limit_comes_as_the_number_of_its_word(fleet: Fleet) -> None:
    target = target_of("plancton-host", "What limits it")
    wanted = words.codes(words.LIMITS)[LimitName.MAX_PILOTS.value]

    def told() -> list[float]:
        return [series.last for series in asked(fleet, target)]

    wait_for(lambda: f"limit {wanted}, not {told()}", lambda: told() == [wanted], 60)
    (mapping,) = target.panel["fieldConfig"]["defaults"]["mappings"]
    assert mapping["options"][str(wanted)]["text"] == words.LIMITS[LimitName.MAX_PILOTS].text


def test_the_core_hours_of_a_day_stand_under_its_date(fleet: Fleet) -> None:
    target = target_of("plancton-pilots", "By day")
    expr = replaced(target.expr, {**CHOSEN, "$kind": "past", "$__interval": "1d"})
    by_fate = {s.labels["fate"]: s.values for s in fleet.prometheus.course(expr, SECONDS["d"], steps=10)}
    last_whole_day = fleet.past[-1] // 24 - 1
    for day in range(last_whole_day - 6, last_whole_day + 1):
        midnight = day * SECONDS["d"]
        assert by_fate["useful"][midnight] == pytest.approx(24 * USEFUL_SECONDS / 3600)
        assert by_fate["lost"][midnight] == pytest.approx(24 * LOST_SECONDS / 3600)


def test_the_core_hours_of_a_month_stand_under_its_name(fleet: Fleet) -> None:
    hours_of_month = Counter(f"{_utc(hour * HOUR_SECONDS):%Y-%m}" for hour in fleet.past)
    for ref, seconds in (("A", USEFUL_SECONDS), ("B", LOST_SECONDS)):
        found = [
            s
            for s in asked(fleet, target_of("plancton-pilots", "By month", ref))
            if s.labels["kind"] == "past"
        ]
        assert {s.labels["site"] for s in found} == {"north"}
        wanted = {month: hours * seconds / 3600 for month, hours in hours_of_month.items()}
        assert {s.labels["month"]: s.last for s in found} == pytest.approx(wanted)
    lost = asked(fleet, target_of("plancton-pilots", "By month", "C"))
    parts = [s.last for s in lost if s.labels["kind"] == "past"]
    assert parts == pytest.approx([LOST_SECONDS / (USEFUL_SECONDS + LOST_SECONDS)] * len(hours_of_month))


def _utc(moment: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)
