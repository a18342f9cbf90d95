"""Which path answers what."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from plancton.core.memory import Backoff, Memory
from plancton.core.policy import Kind, Policy
from plancton.history import Entry, History
from plancton.metrics.collector import AgentCollector, registry_of
from plancton.metrics.totals import Totals
from plancton.model import Missing
from plancton.readings import PresenceReading
from plancton.report import Report
from plancton.web.app import App
from tests.unit.entries import entry, some
from tests.unit.makers import BLIND, GIB, NOW, QUIET, WALL, calm, crew, pilot, seen
from tests.unit.reports import report_of

PROMETHEUS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"


def app_of(report: Report | None, *, alive: bool = True) -> App:
    collector, history = AgentCollector(Totals(Policy())), History()
    collector.report = report
    if report is not None:
        history.add(WALL, report.decision, report.sentence, acted=True)
    return App(registry_of(collector), history, lambda: report, lambda: alive, "site", "/etc/p.yml")


def get(
    path: str, report: Report | None = None, *, alive: bool = True, accept: str = ""
) -> tuple[int, str, str]:
    """(status, content type, body)"""
    answer = app_of(report, alive=alive).answer(path, accept)
    return answer.status, answer.content_type, answer.body.decode()


WELL = report_of(seen(crew(2)))
WELL_BUSY = report_of()


def test_metrics_are_text_for_people_and_openmetrics_for_prometheus() -> None:
    status, kind, body = get("/metrics", WELL)
    assert (status, kind.partition(";")[0]) == (200, "text/plain")
    assert "plancton_cpu_cores 8.0" in body
    status, kind, body = get("/metrics", WELL, accept=PROMETHEUS)
    assert (status, kind.partition(";")[0]) == (200, "application/openmetrics-text")
    assert body.endswith("# EOF\n")


@pytest.mark.parametrize(
    "path", ["/metric", "/metrics/", "/-/", "/..", "//metrics", "/status/x", "*", "", "/" * 9000]
)
def test_anything_else_is_not_there(path: str) -> None:
    status, _, body = get(path, WELL)
    assert status == 404
    assert len(body) < 300


def test_a_query_changes_nothing() -> None:
    assert get("/-/healthy?x=/metrics", WELL) == get("/-/healthy", WELL)


def test_health_is_whether_the_loop_turns() -> None:
    assert get("/-/healthy", WELL)[0] == 200
    assert get("/-/healthy", None)[0] == 200
    assert get("/-/healthy", WELL, alive=False)[0] == 503


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (None, "the first look at the host is not over"),
        (report_of(seen(pilots=Missing("is it running?"))), "engine: is it running?"),
        (report_of(seen(rates=BLIND)), "no reading from: cpu, pool"),
        (report_of(seen(images={"default": Missing("no such image")})), "image: no such image"),
        (report_of(seen(software={"default": Missing("/cvmfs: dead")})), "software: /cvmfs: dead"),
    ],
)
def test_it_is_not_ready_while_something_is_missing(report: Report | None, why: str) -> None:
    assert get("/-/ready", report)[::2] == (503, f"not ready: {why}\n")


def test_it_is_ready_when_it_does_its_whole_job() -> None:
    assert get("/-/ready", WELL)[0] == 200


def test_status_is_json_with_everything_that_a_decision_used() -> None:
    status, kind, body = get("/status", report_of())
    found = json.loads(body)
    assert (status, kind) == (200, "application/json")
    assert (found["name"], found["config"]["file"], found["target"]) == ("site", "/etc/p.yml", 5)
    assert found["cpu"] == {"cores": 8.0, "owner_cores": 2.25, "pilot_cores": 0.0}
    assert [(p["name"], p["state"]) for p in found["pilots"]] == [
        ("default-1", "running"),
        ("default-2", "running"),
        ("default-3", "frozen"),
        ("other-4", "running"),
        ("default-6", "releasing"),
        ("default-5", "starting"),
    ]


def test_what_is_missing_is_null_and_not_zero() -> None:
    found = json.loads(get("/status", report_of(seen(rates=BLIND, memory=BLIND, pilots=BLIND)))[2])
    assert [found[name] for name in ("cpu", "memory", "pilots", "target")] == [None] * 4


def test_status_tells_of_signals_what_decisions_used_and_of_failures_why() -> None:
    blind = replace(QUIET, temperature=Missing("asleep"), presence=Missing("no bus"), power=None)
    found = json.loads(get("/status", report_of(seen(signals=blind)))[2])["signals"]
    disk = {"path": "/var/lib/docker", "total_bytes": 100 * GIB, "free_bytes": 80 * GIB}
    assert found == {
        "applications": {"running": []},
        "temperature": {"missing": "asleep"},
        "pressure": {"cpu_share": 0.0, "memory_share": 0.0, "io_share": 0.0},
        "disk": {**disk, "free_inodes_share": 0.9},
        "presence": {"missing": "no bus"},
    }


def test_status_does_not_tell_when_a_person_works() -> None:
    one, other = (
        get("/status", report_of(seen(signals=replace(QUIET, presence=PresenceReading(idle)))))
        for idle in (3.0, 300.0)
    )
    assert one == other


def test_before_the_first_tick_status_says_so() -> None:
    assert get("/status")[0] == 503
    assert get("/why")[0] == 200
    assert get("/")[0] == 200


def test_why_gives_the_last_decisions() -> None:
    (decision,) = json.loads(get("/why", WELL)[2])["decisions"]
    assert decision["sentence"] == WELL.sentence


def test_the_landing_page_tells_people_and_trusts_no_name() -> None:
    hostile = replace(pilot(1), name="<script>", kind="&amp")
    _, kind, body = get("/", report_of(seen([hostile])))
    assert kind == "text/html; charset=utf-8"
    assert "<script>" not in body
    assert "&lt;script&gt;" in body
    assert "/metrics" in body


def landing(report: Report, *told: Entry) -> str:
    app = app_of(report)
    app.history.recall(told)
    return app.answer("/", "").body.decode()


def test_the_landing_page_tells_the_decision_with_its_numbers_and_who_is_there() -> None:
    body = landing(WELL_BUSY)
    assert "<p class=why>owner uses 2.2 of 8.0 cores; aiming at 5 pilots; " in body
    assert "The limit that binds is <b>cpu</b>, since <time datetime=2026-" in body
    assert "CPU: owner 2.25, pilots 0.00, idle 5.75 of 8.00 cores. Memory: 60.0 of 64.0 GiB" in body
    assert "<i class=owner style=width:28.1%></i>" in body
    assert "<td>default-3<td>default<td class=frozen>frozen<td class=n>1m30s<td class=n>1m01s" in body
    assert "<td class=releasing>releasing" in body


@pytest.mark.usefixtures("in_berlin")
def test_the_landing_page_tells_the_last_decisions_the_newest_first() -> None:
    told = [replace(entry(n, held=65.0), at=WALL - 9000 + n, until=WALL - 8935 + n) for n in range(30)]
    body = landing(WELL_BUSY, *told)
    assert body.count("deed ") == 19
    assert body.index("deed 29") < body.index("deed 11")
    assert "T13:43:49+02:00>" in body
    assert "<td class=n>1m05s<td>deed 29" in body


def test_the_landing_page_tells_of_each_kind_how_its_pilots_end_and_what_holds_it() -> None:
    memory = Memory(owner=calm().owner, no_work={"default": Backoff(2, NOW + 70.0, WALL, "no <work>")})
    report = replace(report_of(seen(), memory), ended={"default": {"done": 4, "no_work": 2}})
    body = landing(report)
    assert "<td>default<td class=n>100%<td class=n>0<td>4 done, 2 no_work" in body
    assert "<td>no &lt;work&gt; (2 in a row); next try in 70 s" in body


def test_the_landing_page_needs_no_script_and_loads_nothing_from_elsewhere() -> None:
    body = landing(WELL_BUSY)
    assert "<script" not in body
    assert "http://" not in body
    assert "https://" not in body
    assert "default-src 'none'" in body
    assert "<meta http-equiv=refresh content=10>" in body
    assert "color-scheme: light dark" in body


def test_the_landing_page_tells_what_is_wrong_and_trusts_no_sentence() -> None:
    blind = report_of(seen(rates=BLIND, memory=BLIND, pilots=Missing("<b>")), error="p.yml:1: <i>")
    body = landing(replace(blind, weight=Missing("w"), mode="<u>"), replace(entry(1), sentence="<s>"))
    for tag in ("b>&gt", "<i>", "<u>", "<s>", "blind: engine: <b>"):
        assert tag not in body
    assert "The changed configuration is not in force: p.yml:1: &lt;i&gt;." in body
    assert "Pilots do not have the lowest CPU weight" in body
    assert "The engine cannot say which pilots there are." in body


def test_missing_software_is_told_on_the_landing_page_and_in_the_status() -> None:
    report = report_of(seen(software={"default": Missing("/cvmfs/<b>: Transport endpoint")}))
    assert "Software of this host is missing: /cvmfs/&lt;b&gt;: Transport endpoint." in landing(report)
    assert json.loads(get("/status", report)[2])["software"] == "/cvmfs/<b>: Transport endpoint"
    two = Policy(named=(Kind("alice"), Kind("cms")))
    report = report_of(seen(software={"alice": None, "cms": Missing("dead")}), policy=two)
    assert json.loads(get("/status", report)[2])["software"] == "cms: dead"
    assert json.loads(get("/status", WELL)[2])["software"] is None


def test_a_host_without_pilots_says_so() -> None:
    assert "No pilots." in landing(report_of(seen()))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 30),
        ("?limit=3", 3),
        ("?limit=5000", 30),
        ("?limit=0", 30),
        ("?limit=-1", 30),
        ("?x=1&limit=²", 30),
    ],
)
def test_why_gives_as_many_as_are_asked_for(query: str, count: int) -> None:
    app = app_of(None)
    app.history.recall(some(30))
    found = json.loads(app.answer("/why" + query, "").body)["decisions"]
    assert len(found) == count
    assert found[-1]["sentence"] == "deed 30"
