"""What Prometheus is told: the table and nothing else, complete from the first scrape on."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from itertools import product

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric as Family

from plancton.core.memory import Backoff
from plancton.core.policy import Kind, Policy
from plancton.core.repertoire import limits_of, reasons_of
from plancton.metrics import table
from plancton.metrics.collector import AgentCollector, registry_of
from plancton.metrics.table import METRICS
from plancton.metrics.totals import Totals
from plancton.model import DemandReading, Kill, WishKind
from plancton.readings import PresenceReading, PressureReading
from plancton.report import Report
from tests.unit.makers import BLIND, NOW, QUIET, WALL, calm, pilot, seen
from tests.unit.reports import BUSY, report_of, with_wish

# Families without a value until a reading or a listing gives one.
NEED_SIGHT = {"plancton_cpu_cores", "plancton_pilots", "plancton_pilots_target"}
# And those of sensors that nobody has asked for.
NEED_SIGNALS = {"plancton_disk_free_ratio", "plancton_temperature_celsius", "plancton_pressure_ratio"}


def collector_of(report: Report | None) -> AgentCollector:
    collector = AgentCollector(Totals(Policy()), lambda: WALL)
    collector.report = report
    collector.certificate = lambda: (WALL, True)
    return collector


def families(report: Report | None) -> dict[str, Family]:
    return {family.name: family for family in collector_of(report).collect()}


def values(report: Report, name: str) -> dict[tuple[str, ...], float]:
    """The samples of a family by the values of its labels."""
    labels = METRICS[name.removeprefix("plancton_")].labels
    samples = families(report)[name].samples
    return {tuple(s.labels[label] for label in labels): s.value for s in samples}


def registry(report: Report | None) -> CollectorRegistry:
    return registry_of(collector_of(report))


def test_table_and_collector_agree() -> None:
    found = families(report_of())
    assert set(found) == {metric.name for metric in METRICS.values()}
    for metric in METRICS.values():
        family = found[metric.name]
        assert (family.type, family.documentation) == (metric.type, metric.help)
        for one in family.samples:
            assert set(one.labels) - {"le"} == set(metric.labels), metric.name


def test_no_family_is_exported_twice() -> None:
    names = [family.name for family in collector_of(report_of()).collect()]
    assert len(names) == len(set(names))


def test_a_blind_agent_leaves_out_what_it_cannot_see() -> None:
    everything = set(families(report_of()))
    assert set(families(report_of(seen(rates=BLIND, pilots=BLIND, signals=QUIET)))) == everything - NEED_SIGHT
    assert set(families(report_of(seen()))) == everything - NEED_SIGNALS


def test_before_the_first_tick_counters_are_there() -> None:
    assert {"plancton_cpu_seconds", "plancton_pilot_kills", "plancton_build_info"} <= set(families(None))


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("plancton_cpu_seconds", [("owner",), ("pilots",), ("idle",)]),
        ("plancton_pilot_starts", product(["default"], table.START_RESULTS)),
        ("plancton_pilot_exits", product(["default"], table.EXIT_OUTCOMES)),
        ("plancton_pilot_kills", product(["default"], [r.value for r in reasons_of(Policy())[Kill]])),
        ("plancton_pilot_cpu_seconds", product(["default"], table.FATES)),
        ("plancton_engine_errors", [(operation,) for operation in table.OPERATIONS]),
    ],
)
def test_every_value_of_a_label_is_zero_from_the_start(name: str, labels: list[tuple[str, ...]]) -> None:
    assert values(report_of(), name) == dict.fromkeys(labels, 0.0)


def test_every_state_limit_sensor_and_intent_is_there() -> None:
    report = report_of(seen())
    assert set(values(report, "plancton_pilots")) == {("default", state) for state in table.STATES}
    assert set(values(report, "plancton_limit")) == {(name.value,) for name in limits_of(Policy())}
    assert set(values(report, "plancton_intent")) == {(kind.value,) for kind in WishKind}
    assert set(values(report, "plancton_sensor_up")) == {(name,) for name in table.SENSORS}


def test_pilots_are_counted_by_kind_and_state() -> None:
    counted = values(report_of(), "plancton_pilots")
    assert {labels: n for labels, n in counted.items() if n} == {
        ("default", "running"): 2,
        ("default", "frozen"): 1,
        ("default", "starting"): 1,
        ("default", "releasing"): 1,
        ("other", "running"): 1,
    }


def test_every_configured_kind_is_told_from_the_start_with_its_share_and_failures() -> None:
    policy = Policy(named=(Kind("alice", share=3.0), Kind("local")))
    backoffs = {"local": Backoff(5, NOW + 7.5, WALL, "pilot ended")}
    report = report_of(seen(), replace(calm(), backoffs=backoffs), policy=policy)
    kinds = ("alice", "local")
    assert set(values(report, "plancton_pilots")) == set(product(kinds, table.STATES))
    assert values(report, "plancton_kind_share_ratio") == {("alice",): 0.75, ("local",): 0.25}
    assert values(report, "plancton_kind_failures") == {("alice",): 0, ("local",): 5}
    assert values(report, "plancton_kind_backoff_seconds") == {("alice",): 0, ("local",): 7.5}


def test_software_is_told_of_the_kinds_that_need_the_hosts_and_of_no_other() -> None:
    report = report_of(seen(software={"alice": None, "cms": BLIND}))
    assert values(report, "plancton_software_up") == {("alice",): 1, ("cms",): 0}
    assert values(report_of(seen()), "plancton_software_up") == {}


def test_the_demand_is_told_of_kinds_whose_pool_is_asked_and_has_ever_had_time_to_answer() -> None:
    report = report_of(replace(seen(), demand={"a": DemandReading(7, 0, WALL), "b": BLIND, "c": None}))
    assert values(report, "plancton_demand_up") == {("a",): 1, ("b",): 0}
    assert values(report, "plancton_demand_idle_jobs") == {("a",): 7}


def test_one_limit_binds_and_one_intent_holds() -> None:
    report = report_of(seen(owner=4.0))
    assert {k for k, v in values(report, "plancton_limit").items() if v} == {("cpu",)}
    paused = with_wish(report, kind=WishKind.PAUSE, until=WALL + 60)
    assert {k for k, v in values(paused, "plancton_intent").items() if v} == {("pause",)}
    assert values(paused, "plancton_intent_until_timestamp_seconds") == {(): WALL + 60}
    over = with_wish(report, kind=WishKind.PAUSE, until=WALL)
    assert values(over, "plancton_intent")[("run",)] == 1
    assert values(over, "plancton_intent_until_timestamp_seconds") == {(): 0}


def test_a_failed_reload_and_a_missing_engine_are_told() -> None:
    assert values(report_of(error="f.yml: bad"), "plancton_config_last_reload_successful") == {(): 0}
    away = report_of(seen(pilots=BLIND))
    assert values(away, "plancton_engine_up") == {(): 0}
    assert values(away, "plancton_sensor_up")[("engine",)] == 0


def test_the_agents_start_stays_and_its_clock_goes_on() -> None:
    ticking = iter([WALL, WALL + 60.5, WALL + 75.5])
    collector = AgentCollector(Totals(Policy()), lambda: next(ticking))

    def told() -> dict[str, float]:
        return {s.name: s.value for family in collector.collect() for s in family.samples}

    for seconds in (60.5, 75.5):
        at = told()
        assert (at["plancton_start_time_seconds"], at["plancton_time_seconds"]) == (WALL, WALL + seconds)


def test_an_image_that_could_not_be_pulled_is_told_and_one_that_never_was_is_not() -> None:
    report = replace(report_of(), image_refreshes={"alice": False, "local": True})
    assert values(report, "plancton_image_last_refresh_successful") == {("alice",): 0, ("local",): 1}


def test_the_deadline_of_a_release_is_there_unless_pilots_are_only_asked() -> None:
    assert values(report_of(), "plancton_release_deadline_seconds") == {(): 3.0}
    patient = report_of(policy=Policy(freeze_after_seconds=None))
    assert "plancton_release_deadline_seconds" not in families(patient)


def test_optional_sensors_are_told_with_the_figures_that_decisions_used() -> None:
    signals = replace(QUIET, temperature=BLIND, power=None, pressure=PressureReading(None, 0.25, 0.5))
    report = report_of(seen(signals=signals))
    up = values(report, "plancton_sensor_up")
    assert (up[("disk",)], up[("temperature",)], ("power",) in up) == (1, 0, False)
    assert values(report, "plancton_pressure_ratio") == {("memory",): 0.25, ("io",): 0.5}
    assert values(report, "plancton_disk_free_ratio") == {(): 0.8}
    assert "plancton_temperature_celsius" not in families(report)


def test_nobody_can_read_when_a_person_works() -> None:
    one, other = (
        generate_latest(registry(report_of(seen(signals=replace(QUIET, presence=PresenceReading(idle))))))
        for idle in (3.0, 300.0)
    )
    assert one == other


def test_no_container_is_ever_a_label() -> None:
    text = generate_latest(registry(report_of())).decode()
    for one in (*(p.id for p in BUSY.pilots.alive), "default-1", "default-5"):  # type: ignore[union-attr]
        assert one not in text
        assert one[:12] not in text or len(one) < 12
    assert re.findall(r'="[0-9a-f]{12,}"', text) == []


def test_a_hostile_kind_cannot_break_the_page() -> None:
    odd = pilot(kind='a"} 1\nplancton_cpu_cores 9')
    text = generate_latest(registry(report_of(seen([odd])))).decode()
    assert "\nplancton_cpu_cores 9" not in text


def test_there_are_no_created_series_and_no_process_metrics() -> None:
    text = generate_latest(registry(report_of())).decode()
    assert "_created" not in text
    assert all(line.startswith(("plancton_", "# ")) for line in text.splitlines())


@pytest.mark.parametrize("report", [None, report_of(), report_of(seen(rates=BLIND, pilots=BLIND))])
def test_promtool_finds_nothing_to_complain_about(report: Report | None) -> None:
    text = generate_latest(registry(report))
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
