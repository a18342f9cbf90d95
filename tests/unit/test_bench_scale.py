"""The load test's hosts say what agents say, and its questions are those of the dashboards."""

from __future__ import annotations

import re

import pytest

from plancton.metrics.table import METRICS
from tests.bench.scale.expressions import DASHBOARDS, choices, dashboards, expressions
from tests.bench.scale.host import PaperHost
from tests.unit.makers import WALL

HOUR = 3600


@pytest.fixture(scope="module")
def host() -> PaperHost:
    found = PaperHost(1, WALL)
    for second in range(15, HOUR + 1, 15):
        found.advance(WALL + second)
    return found


def value(host: PaperHost, name: str, **labels: str) -> float:
    found = host.registry.get_sample_value(name, labels)
    assert found is not None
    return found


def test_every_metric_is_there(host: PaperHost) -> None:
    found = {family.name for family in host.registry.collect()}
    assert found == {metric.name for metric in METRICS.values()}


def test_time_passes_for_owner_pilots_and_nobody(host: PaperHost) -> None:
    consumers = ("owner", "pilots", "idle")
    used = {name: value(host, "plancton_cpu_seconds_total", consumer=name) for name in consumers}
    assert sum(used.values()) == pytest.approx(host.cores * HOUR)
    assert min(used.values()) > 0.0


def test_pilots_come_and_go(host: PaperHost) -> None:
    assert len(host.crew) > 1
    assert value(host, "plancton_pilot_exits_total", kind="alice", outcome="done") > 0
    assert value(host, "plancton_pilot_cpu_seconds_total", kind="alice", fate="useful") > 0
    frozen = [
        value(host, "plancton_pilot_freezes_total", kind=kind, reason="owner_cpu")
        for kind in ("alice", "local")
    ]
    assert sum(frozen) > 0


def test_all_variables_of_all_dashboards_are_filled_in() -> None:
    found = list(expressions(DASHBOARDS, "pc1", "lab"))
    assert {one.dashboard for one in found} == {name for name, _ in dashboards(DASHBOARDS)}
    for text in (*(one.text for one in found), *(one.series or "" for one in choices(DASHBOARDS))):
        assert not re.search(r"\$\{?[a-z_]", text), text


def test_a_panel_of_hours_is_asked_as_often_as_it_has_points() -> None:
    found = list(expressions(DASHBOARDS, "pc1", "lab"))
    assert {one.points for one in found} > {1}
    assert max(one.points for one in found) <= 720
