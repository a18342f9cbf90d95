"""The rules, by Prometheus' own tool; and what every one of them has to carry."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
FILES = sorted((TOP / "ansible" / "roles" / "prometheus" / "files").glob("plancton.*.yml"))
TESTS = sorted((TOP / "tests" / "rules").glob("*.test.yml"))
RUNBOOK = (TOP / "docs" / "runbook.md").read_text()
MONITORING = (TOP / "docs" / "monitoring.md").read_text()
GROUPS: list[dict[str, Any]] = [
    group for file in FILES for group in yaml.safe_load(file.read_text())["groups"]
]
RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDS = [rule for rule in RULES if "record" in rule]
NAME = re.compile(r"(instance|site|fleet)((?:_[a-z]+)*):(plancton_[a-z_]+|up):[a-z0-9_]+")
# These speak of a site or of the fleet, all others of one host.
OF_MANY = {"PlanctonSiteDown", "PlanctonHarvestDropped", "PlanctonKindFizzling", "PlanctonDemandUnknown"}


def promtool(*words: str) -> None:
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, cwd=TOP, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def cases() -> list[tuple[str, bool]]:
    """Every question of the test files about an alert: its name, and whether it should fire."""
    tests = [test for file in TESTS for test in yaml.safe_load(file.read_text())["tests"]]
    asked = [case for test in tests for case in test.get("alert_rule_test", [])]
    return [(case["alertname"], bool(case["exp_alerts"])) for case in asked]


def test_the_rules_are_well_formed() -> None:
    promtool("check", "rules", *map(str, FILES))


@pytest.mark.parametrize("file", TESTS, ids=lambda file: str(file.name))
def test_the_rules_say_what_they_should_and_only_then(file: Path) -> None:
    promtool("test", "rules", str(file))


@pytest.mark.parametrize("file", TESTS, ids=lambda file: str(file.name))
def test_what_is_recorded_comes_before_the_alerts_that_read_it(file: Path) -> None:
    """Without an order promtool takes a new one in each run, and a test may fail by chance."""
    test = yaml.safe_load(file.read_text())
    names = [Path(name).name for name in test["rule_files"]]
    if "plancton.alerts.yml" in names and len(names) > 1:
        alerts = [group["name"] for group in GROUPS if "alert" in group["rules"][0]]
        assert test["group_eval_order"][1:] == alerts


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))
def test_an_alert_has_been_seen_to_fire_and_not_to_fire(alert: dict[str, Any]) -> None:
    assert {fires for name, fires in cases() if name == alert["alert"]} == {True, False}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))
def test_an_alert_says_what_to_do(alert: dict[str, Any]) -> None:
    name = alert["alert"]
    assert name.startswith("Plancton")
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert alert["for"]
    assert "{{" not in alert["annotations"]["summary"]
    assert ("$labels.instance" in alert["annotations"]["description"]) is (name not in OF_MANY)
    assert alert["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))
def test_the_runbook_tells_what_it_means_where_to_look_and_what_to_do(alert: dict[str, Any]) -> None:
    entry = re.search(rf"\n## {alert['alert']}\n(.*?)(?=\n## |\Z)", RUNBOOK, re.DOTALL)
    assert entry
    assert all(f"\n**{part}.** " in entry[1] for part in ("Meaning", "Look", "Do"))
    severity = alert["labels"]["severity"]
    assert f"*{severity.capitalize()}.*" in entry[1]


def test_the_runbook_has_no_entry_for_an_alert_that_is_gone() -> None:
    assert set(re.findall(r"\n## (Plancton\w+)\n", RUNBOOK)) == {alert["alert"] for alert in ALERTS}


@pytest.mark.parametrize("rule", RECORDS, ids=lambda rule: str(rule["record"]))
def test_a_record_is_named_by_its_level_its_metric_and_its_operation(rule: dict[str, Any]) -> None:
    assert NAME.fullmatch(rule["record"])


def test_no_record_is_made_twice_and_no_group_is_named_twice() -> None:
    names = [rule["record"] for rule in RECORDS]
    assert len(names) == len(set(names))
    assert len(GROUPS) == len({group["name"] for group in GROUPS})


def test_a_record_reads_only_what_is_recorded_before_it_in_its_group() -> None:
    """Groups are evaluated at different moments: a level must not lag behind the one below it."""
    for group in GROUPS:
        recorded: set[str] = set()
        for rule in group["rules"]:
            if "record" in rule:
                assert set(re.findall(r"(?:instance|site|fleet)\w*:\w+:\w+", rule["expr"])) <= recorded
                recorded.add(rule["record"])


def test_an_alert_reads_only_records_that_there_are() -> None:
    recorded = {rule["record"] for rule in RECORDS}
    for alert in ALERTS:
        assert set(re.findall(r"(?:instance|site|fleet)\w*:\w+:\w+", alert["expr"])) <= recorded


@pytest.mark.parametrize("rule", RECORDS, ids=lambda rule: str(rule["record"]))
def test_every_record_is_in_the_docs(rule: dict[str, Any]) -> None:
    assert f"`{rule['record'].partition(':')[2]}`" in MONITORING


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))
def test_every_alert_is_in_the_docs_with_its_severity(alert: dict[str, Any]) -> None:
    assert f"| `{alert['alert']}` | {alert['labels']['severity']} |" in MONITORING
