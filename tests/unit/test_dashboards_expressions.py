"""What the dashboards ask Prometheus: series that exist, labels that they have, and what the linter wants."""

from __future__ import annotations

import re
from typing import Any

import pytest
from promql_parser import Call, MatchOp, VectorSelector

from grafana.builder import words
from plancton.metrics import table
from plancton.metrics.table import METRICS, Metric
from tests.dashboards import (
    INTERVALS,
    PAGES,
    Target,
    labels_of_legend,
    parsed,
    parts,
    rules,
    selectors,
    targets,
)

ENDINGS = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
COUNTERS = ("_total", "_bucket", "_sum", "_count")

OF_HOSTS = {"job", "instance", "site"}
# What Prometheus itself has of a scrape, and of the rules for alerts.
SCRAPE = {"up": OF_HOSTS}
OF_ALERTS = {*OF_HOSTS, "alertname", "alertstate", "severity", "kind"}
ALERTS = {"ALERTS": OF_ALERTS, "ALERTS_FOR_STATE": OF_ALERTS}

VALUES = {
    "state": set(table.STATES),
    "consumer": set(table.CONSUMERS),
    "fate": set(table.FATES),
    "result": set(table.START_RESULTS),
    "alertstate": {"firing", "pending"},
}

ENUMERATIONS: dict[str, dict[Any, words.Word]] = {
    "limit": words.LIMITS,
    "mode": words.MODES,
    "intent": words.WISHES,
}


def exported() -> dict[str, set[str]]:
    """Every series of the agent with its labels."""
    return {m.name + ending: labels_of(m) for m in METRICS.values() for ending in ENDINGS[m.type]}


def labels_of(metric: Metric) -> set[str]:
    return {*metric.labels, *OF_HOSTS} | ({"le"} if metric.type == "histogram" else set())


def recorded() -> dict[str, set[str]]:
    """Every recording rule's series with its labels: its name begins with them, `job` is always kept."""
    found = {}
    for name in rules():
        level = set(name.partition(":")[0].split("_")) - {"fleet"}
        found[name] = level | {"job"} | ({"site"} if "instance" in level else set())
    return found


EXPORTED, RECORDED = exported(), recorded()
KNOWN = {**EXPORTED, **RECORDED, **SCRAPE, **ALERTS}


def asked(page: str) -> list[tuple[Target, VectorSelector, str]]:
    """Every selector of a page with the query it stands in and the series that it names."""
    return [(target, one, one.name or "") for target in targets(page) for one in selectors(target.parsed())]


@pytest.mark.parametrize("page", PAGES)
def test_every_series_exists_and_has_the_labels_that_are_matched(page: str) -> None:
    for target, selector, name in asked(page):
        assert name in KNOWN, f"{target}: nothing makes {name}"
        unknown = {matcher.name for matcher in selector.matchers.matchers} - KNOWN[name]
        assert not unknown, f"{target}: {name} has no label {unknown}"


@pytest.mark.parametrize("page", PAGES)
def test_what_is_matched_is_a_value_that_the_agent_may_tell(page: str) -> None:
    for target, selector, name in asked(page):
        exact = [m for m in selector.matchers.matchers if m.op in (MatchOp.Equal, MatchOp.NotEqual)]
        for matcher in exact:
            assert matcher.value in VALUES[matcher.name], f"{target}: {name} is never of {matcher.value}"


@pytest.mark.parametrize("page", PAGES)
def test_every_series_is_of_what_has_been_chosen(page: str) -> None:
    can_be_chosen = {variable["name"] for variable in PAGES[page]["templating"]["list"]} - {"datasource"}
    for target, selector, name in asked(page):
        chosen = {m.name for m in selector.matchers.matchers if (m.op, m.value) == (MatchOp.Re, f"${m.name}")}
        wanted = can_be_chosen & KNOWN[name]
        if name in ALERTS:
            wanted -= {"instance", "kind"}  # an alert may be about a whole site
        if page == "plancton-host":
            wanted -= {"site"}  # which has chosen the host already
        assert chosen == wanted, f"{target}: {name} is of what has not been chosen: {wanted - chosen}"


@pytest.mark.parametrize("page", sorted(PAGES.keys() - {"plancton-host"}))
def test_a_page_of_many_hosts_reads_what_is_recorded(page: str) -> None:
    for target, _, name in asked(page):
        assert name in RECORDED | ALERTS, f"{target}: {name} has series for every host"


@pytest.mark.parametrize("page", PAGES)
def test_counters_are_seen_at_a_rate_over_grafana_s_own_interval(page: str) -> None:
    for target in targets(page):
        calls = [part for part in parts(target.parsed()) if isinstance(part, Call)]
        rates = [call for call in calls if call.func.name in ("rate", "irate", "increase")]
        rated = [one.name for call in rates for one in selectors(call)]
        counters = [one.name for one in selectors(target.parsed()) if is_counter(one.name or "")]
        assert sorted(map(str, rated)) == sorted(map(str, counters)), target
        ranges = {one for call in rates for one in re.findall(r"\[(\w+)\]", str(call))}
        assert ranges <= {INTERVALS["$__rate_interval"]}, target


def is_counter(name: str) -> bool:
    return name in EXPORTED and name.endswith(COUNTERS)


@pytest.mark.parametrize("page", PAGES)
def test_a_legend_names_labels_that_are_kept(page: str) -> None:
    for target in targets(page):
        by = " ".join(re.findall(r"\bby \(([^)]*)\)", target.expr))
        kept = set(re.findall(r"\w+", by)) or set.intersection(
            *(KNOWN[n] for t, _, n in asked(page) if t == target)
        )
        assert labels_of_legend(target.target["legendFormat"]) <= kept, target


@pytest.mark.parametrize("page", PAGES)
def test_what_can_be_chosen_comes_from_series_that_exist(page: str) -> None:
    for variable in PAGES[page]["templating"]["list"]:
        if variable["type"] != "query":
            continue
        found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
        assert found is not None
        (selector,) = selectors(parsed(found[1]))
        assert found[2] == variable["name"]
        assert {found[2], *(m.name for m in selector.matchers.matchers)} <= KNOWN[selector.name or ""]


CODED = re.compile(r'label_replace\(vector\((\d+)\), "(\w+)", "([\w-]+)", "", ""\)')


def test_a_number_is_that_of_its_word() -> None:
    of_label = {label: words.by_value(every) for label, every in ENUMERATIONS.items()}
    coded = [target for target in targets("plancton-host") if CODED.search(target.expr)]
    assert len(coded) == 4
    for target in coded:
        (mapping,) = target.panel["fieldConfig"]["defaults"]["mappings"]
        found = CODED.findall(target.expr)
        texts = {value: mapping["options"][number]["text"] for number, _, value in found}
        assert texts == {value: word.text for value, word in of_label[found[0][1]].items()}
