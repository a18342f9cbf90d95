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
GROUPS: list[dict[str, Any]] = [
    group for file in FILES for group in yaml.safe_load(file.read_text())["groups"]
]
RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDS = [rule for rule in RULES if "record" in rule]
NAME = re.compile(r"(instance|site|fleet)((?:_[a-z]+)*):(plancton_[a-z_]+|up):[a-z0-9_]+")


def promtool(*words: str) -> None:
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, cwd=TOP, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_are_well_formed() -> None:
    promtool("check", "rules", *map(str, FILES))


@pytest.mark.parametrize("file", TESTS, ids=lambda file: str(file.name))
def test_the_rules_say_what_they_should_and_only_then(file: Path) -> None:
    promtool("test", "rules", str(file))


def test_every_alert_has_a_test() -> None:
    tested = set(re.findall(r"alertname: (\w+)", "".join(file.read_text() for file in TESTS)))
    assert tested == {alert["alert"] for alert in ALERTS}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))
def test_an_alert_says_what_to_do(alert: dict[str, Any]) -> None:
    name = alert["alert"]
    assert name.startswith("Plancton")
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert "{{" not in alert["annotations"]["summary"]
    assert "$labels.instance" in alert["annotations"]["description"]
    assert alert["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"
    assert f"\n## {name}\n" in (TOP / "docs" / "runbook.md").read_text()


@pytest.mark.parametrize("rule", RECORDS, ids=lambda rule: str(rule["record"]))
def test_a_record_is_named_by_its_level_its_metric_and_its_operation(rule: dict[str, Any]) -> None:
    assert NAME.fullmatch(rule["record"])


def test_no_record_is_made_twice_and_no_group_is_named_twice() -> None:
    names = [rule["record"] for rule in RECORDS]
    assert len(names) == len(set(names))
    assert len(GROUPS) == len({group["name"] for group in GROUPS})


def test_what_a_rule_reads_of_others_is_recorded_before_it_in_its_group() -> None:
    """An accounting step or an alert may be read from elsewhere; a level must not lag behind another."""
    for group in GROUPS:
        recorded: set[str] = set()
        for rule in group["rules"]:
            if "record" in rule:
                read = set(re.findall(r"(?:instance|site|fleet)\w*:\w+:\w+", rule["expr"]))
                assert read <= recorded, rule["record"]
                recorded.add(rule["record"])
