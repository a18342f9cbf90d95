"""Every query of every dashboard, asked of a real Prometheus that has scraped real agents, finds series.

Two agents at two sites, with pilots of three kinds, and a host that is switched off. Whatever a panel tells
of has happened before it is asked: starts, ends, freezes, stops, kills, an alert.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grafana.builder import words
from plancton.core.limits import LimitName
from tests.dashboards import PAGES, Target, labels_of_legend, replaced, targets
from tests.e2e.agent_process import AgentProcess
from tests.e2e.prometheus_process import PrometheusProcess, Series
from tests.e2e.waiting import free_port, wait_for

REAL, FAKE, OFF = "pc-real", "pc-fake", "pc-off"
CHOSEN = {"$job": ".+", "$site": ".*", "$instance": ".+", "$kind": ".+"}
RANGES = {"$__rate_interval": "10m", "$__range": "1h"}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DEFAULT_STEP = "15s"

# They are there where a host has such sensors, and where the agent is asked to read them.
OF_SOME_HOSTS = ("plancton_temperature_celsius", "plancton_pressure_ratio")

# Neither the noise of the machine nor its owner's share decides which pilots there are.
STEADY = {
    "mode": "dedicated",
    "pool": {"cpus_per_pilot": 0.1, "memory_per_pilot": "16MiB", "max_pilots": 4},
    "grow": {"ramp_pilots": 4, "fizzle_seconds": 0.1, "backoff_first_seconds": 1, "backoff_max_seconds": 1},
    "release": {"freeze_after_seconds": 0, "kill_after_seconds": None, "stop_grace_seconds": 1},
}
WORK = "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done; sleep "
# One kind whose pilots come and go, one whose pilots are there whenever something is to happen to them.
KINDS = {"short": {"command": ["sh", "-c", WORK + "1"]}, "long": {"command": ["sh", "-c", WORK + "600"]}}


class Fleet:
    """The agents and their Prometheus."""

    def __init__(self, real: AgentProcess, fake: AgentProcess, prometheus: PrometheusProcess) -> None:
        self.real, self.fake, self.prometheus = real, fake, prometheus

    def wait_for(self, expr: str, seconds: float = 90) -> None:
        """Until Prometheus sees it."""
        wait_for(expr, lambda: self.prometheus.now(expr), seconds, pause=0.5)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, image: str) -> Iterator[Fleet]:
    top = tmp_path_factory.mktemp("fleet")
    real, fake = (AgentProcess(_made(top / name), image) for name in (REAL, FAKE))
    # Pressure is watched where the kernel has it; of all its time nobody waits.
    real.configure(**STEADY, kinds=KINDS, signals={"pressure_memory_most_share": 1})
    fake.configure(**STEADY, pilot={"kind": "local", "image": "plancton-pilot:embedded"})
    scraped = [
        _target(real.port, REAL, "north"),
        _target(fake.port, FAKE, "south"),
        _target(free_port(), OFF, "south"),
    ]
    prometheus = PrometheusProcess(top / "prometheus", scraped)
    try:
        prometheus.start()
        fake.start("--fake")
        real.start()
        made = Fleet(real, fake, prometheus)
        _let_it_all_happen(made)
        yield made
    finally:
        for agent in (real, fake):
            print(agent.log())
            agent.clean_up()
        prometheus.close()


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


def _target(port: int, name: str, site: str) -> dict[str, object]:
    return {"targets": [f"127.0.0.1:{port}"], "labels": {"instance": name, "site": site}}


def _let_it_all_happen(fleet: Fleet) -> None:
    """Each is seen by Prometheus before the next. It ends with pilots running here and frozen there."""
    real, of_real, long_runs = fleet.real, f'instance="{REAL}"', 'kind="long", state="running"'
    fleet.wait_for(f'plancton_pilot_cpu_seconds_total{{{of_real}, fate="useful"}} > 0')
    fleet.wait_for(f"plancton_pilots{{{of_real}, {long_runs}}} > 0")
    real.configure(signals={"hours": [_never()]})
    fleet.wait_for(f'plancton_pilot_freezes_total{{{of_real}, kind="long", reason="hours"}} > 0')
    real.configure(signals={"hours": []})
    fleet.wait_for(f'plancton_pilot_thaws_total{{{of_real}, kind="long"}} > 0')
    assert real.run("pause", "1h").returncode == 0
    fleet.wait_for(f'plancton_pilot_stops_total{{{of_real}, kind="long", reason="paused"}} > 0')
    assert real.run("resume").returncode == 0
    fleet.wait_for(f"plancton_pilots{{{of_real}, {long_runs}}} > 0")
    assert real.run("release").returncode == 0
    fleet.wait_for(f'plancton_pilot_kills_total{{{of_real}, kind="long", reason="released"}} > 0')
    fleet.wait_for(f"plancton_pilots{{{of_real}, {long_runs}}} > 0")
    fleet.fake.configure(signals={"hours": [_never()]})
    fleet.wait_for(f'plancton_pilots{{instance="{FAKE}", state="frozen"}} > 0')
    fleet.wait_for('ALERTS{alertname="PlanctonAgentDown", alertstate="firing"}')


def _never() -> str:
    """A window that is neither now nor soon."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return days[(datetime.datetime.now().astimezone().weekday() + 3) % 7]


def asked(fleet: Fleet, target: Target) -> list[Series]:
    """What Grafana would be given for a query, with everything chosen, on the page of a host that host."""
    step = target.target.get("interval", DEFAULT_STEP)
    chosen = CHOSEN | ({"$instance": REAL} if target.page == "plancton-host" else {})
    expr = replaced(target.expr, {**chosen, **RANGES, "$__interval": step})
    if target.target["instant"]:
        return fleet.prometheus.now(expr)
    return fleet.prometheus.course(expr, int(step[:-1]) * SECONDS[step[-1]])


def target_of(page: str, title: str, ref: str = "A") -> Target:
    (found,) = (t for t in targets(page) if (t.panel["title"], t.target["refId"]) == (title, ref))
    return found


def test_everything_that_is_asked_is_answered(fleet: Fleet) -> None:
    exported = fleet.real.get("/metrics")
    every = [target for page in PAGES for target in targets(page)]
    silent = [t for t in every if any(name in t.expr and name not in exported for name in OF_SOME_HOSTS)]
    waiting = [target for target in every if target not in silent]

    def all_answered() -> bool:
        waiting[:] = [target for target in waiting if not is_answered(fleet, target)]
        return not waiting

    wait_for(lambda: "; ".join(map(str, waiting)), all_answered, 120, pause=1)


def is_answered(fleet: Fleet, target: Target) -> bool:
    """Whether something can be drawn, under names that are made of labels which are there."""
    found = [series for series in asked(fleet, target) if series.is_drawn]
    names = labels_of_legend(target.target["legendFormat"])
    return bool(found) and all(names <= series.labels.keys() for series in found)


def test_the_table_of_hosts_has_the_one_that_is_off_and_what_limits_the_others(fleet: Fleet) -> None:
    agents = asked(fleet, target_of("plancton-fleet", "Hosts"))
    up = {series.labels["instance"]: series.last for series in agents}
    assert up == {REAL: 1, FAKE: 1, OFF: 0}
    limits = asked(fleet, target_of("plancton-fleet", "Hosts", "B"))
    assert {s.labels["limit"] for s in limits if s.labels["instance"] == FAKE} == {"hours"}
    down = asked(fleet, target_of("plancton-fleet", "Hosts down"))
    assert [series.last for series in down] == [1]


def test_a_limit_comes_as_the_number_of_its_word(fleet: Fleet) -> None:
    (series,) = asked(fleet, target_of("plancton-host", "What limits it"))
    name = next(name for name in LimitName if words.codes(words.LIMITS)[name.value] == series.last)
    assert name.value in fleet.real.get("/metrics")
    (mapping,) = target_of("plancton-host", "What limits it").panel["fieldConfig"]["defaults"]["mappings"]
    assert mapping["options"][f"{series.last:g}"]["text"] == words.LIMITS[name].text


def test_a_day_stands_under_its_own_date_and_a_month_under_its_name(fleet: Fleet) -> None:
    before = datetime.datetime.now(datetime.timezone.utc)
    (useful,) = (
        series
        for series in asked(fleet, target_of("plancton-pilots", "By day"))
        if series.labels["fate"] == "useful"
    )
    months = asked(fleet, target_of("plancton-pilots", "By month"))
    after = datetime.datetime.now(datetime.timezone.utc)
    days = {moment.date() for moment in (before, after)}
    assert datetime.datetime.fromtimestamp(max(useful.values), datetime.timezone.utc).date() in days
    assert {f"{day:%Y-%m}" for day in days} >= {series.labels["month"] for series in months}
    assert {(series.labels["site"], series.labels["kind"]) for series in months} >= {("north", "short")}
    assert all(re.fullmatch(r"\d{4}-\d\d", series.labels["month"]) for series in months)
