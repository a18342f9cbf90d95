"""The alert rules, by Prometheus' own tool; and what every alert has to carry."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
RULES = TOP / "ansible" / "roles" / "prometheus" / "files" / "plancton.rules.yml"
GROUPS: list[dict[str, Any]] = yaml.safe_load(RULES.read_text())["groups"]
ALERTS = [rule for group in GROUPS for rule in group["rules"] if "alert" in rule]


def promtool(*words: str) -> None:
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, cwd=TOP, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_are_well_formed() -> None:
    promtool("check", "rules", str(RULES))


def test_the_rules_fire_when_they_should_and_only_then() -> None:
    promtool("test", "rules", str(TOP / "tests" / "rules" / "plancton.test.yml"))


def test_every_alert_has_a_test() -> None:
    tested = set(re.findall(r"alertname: (\w+)", (TOP / "tests" / "rules" / "plancton.test.yml").read_text()))
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
