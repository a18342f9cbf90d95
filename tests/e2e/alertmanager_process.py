"""A real Alertmanager on the loopback with the configuration of the role, and a webhook that listens."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tests.alertmanager import configuration
from tests.e2e.monitoring import Webhook
from tests.e2e.waiting import free_port, wait_for

Labels = Mapping[str, str]


class Alertmanager:
    """Tells within a second instead of half a minute. Alerts come as Prometheus sends them, by its API."""

    def __init__(self, directory: Path) -> None:
        self.webhook = Webhook()
        self.url = f"http://127.0.0.1:{free_port()}"
        file = directory / "alertmanager.yml"
        soon = {"alertmanager_group_wait": "1s", "alertmanager_group_interval": "1s"}
        file.write_text(configuration(alertmanager_webhook_url=self.webhook.url, **soon))
        command = (
            "prometheus-alertmanager",
            f"--config.file={file}",
            f"--storage.path={directory / 'data'}",
            f"--web.listen-address={self.url.removeprefix('http://')}",
            "--cluster.listen-address=",
        )
        with (directory / "alertmanager.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for("Alertmanager to be ready", lambda: self._ask("/-/ready") is not None, 60)

    def _ask(self, path: str, body: object = None) -> bytes | None:
        """The answer; None while it does not listen yet."""
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(  # noqa: S310 - the loopback
            self.url + path, data, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
                found: bytes = answer.read()
                return found
        except OSError:
            return None

    def post(self, alerts: Iterable[Labels], *, resolved: bool = False) -> None:
        """Alerts that fire for the next hour, or that are over."""
        now = datetime.now(timezone.utc)
        starts, ends = (now - timedelta(hours=1), now if resolved else now + timedelta(hours=1))
        body = [
            {"labels": dict(labels), "startsAt": starts.isoformat(), "endsAt": ends.isoformat()}
            for labels in alerts
        ]
        assert self._ask("/api/v2/alerts", body) is not None

    def states(self) -> dict[tuple[str, str], str]:
        """By the name and the host (or site, or kind) of an alert, whether it is active or suppressed."""
        answer = self._ask("/api/v2/alerts")
        assert answer is not None
        found: list[dict[str, Any]] = json.loads(answer)
        return {name_of(alert["labels"]): alert["status"]["state"] for alert in found}

    def told(self) -> list[set[tuple[str, str]]]:
        """The messages that the webhook was sent, each as its alerts that fire."""
        return [
            {name_of(alert["labels"]) for alert in message["alerts"] if alert["status"] == "firing"}
            for message in list(self.webhook.messages)
        ]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)
        self.webhook.close()


def name_of(labels: Labels) -> tuple[str, str]:
    name = labels["alertname"].removeprefix("Plancton")
    return name, next((labels[key] for key in ("instance", "site", "kind") if key in labels), "")
