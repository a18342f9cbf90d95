"""What the role tells Alertmanager, by its own tool."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.alertmanager import configuration

HOOK = "http://127.0.0.1:9/hook"
NIGHT = [
    {"times": [{"start_time": "20:00", "end_time": "24:00"}, {"start_time": "00:00", "end_time": "07:00"}]},
    {"weekdays": ["saturday", "sunday"]},
]


def amtool(*words: str) -> str:
    done = subprocess.run(["amtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"alertmanager_webhook_url": 'https://example.org/"odd"?key=#1'},
        {"alertmanager_off_hours": {"lab": NIGHT, 'the owner\'s "den"': NIGHT}},
        {"alertmanager_webhook_url": HOOK, "alertmanager_off_hours": {"lab": NIGHT}},
    ],
)
def test_the_configuration_is_accepted(tmp_path: Path, variables: dict[str, object]) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(configuration(**variables))
    amtool("check-config", str(file))


@pytest.mark.parametrize(("url", "receiver"), [("", "nobody"), (HOOK, "webhook")])
@pytest.mark.parametrize(
    "labels", [["severity=info"], ["alertname=PlanctonAgentDown", "site=lab"], ["site=x"]]
)
def test_whatever_it_is_it_is_told_to_the_webhook_or_to_nobody(
    tmp_path: Path, url: str, receiver: str, labels: list[str]
) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(configuration(alertmanager_webhook_url=url, alertmanager_off_hours={"lab": NIGHT}))
    told = amtool("config", "routes", "test", f"--config.file={file}", *labels)
    assert told.split() == [receiver]
