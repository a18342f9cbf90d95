"""A real Prometheus and a real Alertmanager on the loopback, with the project's own rules."""

from __future__ import annotations

import json
import subprocess
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.waiting import free_port, wait_for

RULES = Path(__file__).parents[2] / "ansible/roles/prometheus/files"


class Webhook:
    """Receives what Alertmanager sends, and keeps it."""

    def __init__(self) -> None:
        messages = self.messages = []  # type: list[dict[str, Any]]

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                messages.append(json.loads(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def statuses_of(self, alert: str) -> list[str]:
        alerts = [one for message in list(self.messages) for one in message["alerts"]]
        return [one["status"] for one in alerts if one["labels"]["alertname"] == alert]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Monitoring:
    """Scrapes one agent once a second; rules fire after two seconds instead of minutes."""

    def __init__(self, directory: Path, agent_port: int) -> None:
        self.directory = directory
        self.webhook = Webhook()
        self.prometheus_port, self.alertmanager_port = free_port(), free_port()
        self._processes: list[subprocess.Popen[bytes]] = []
        directory.mkdir(exist_ok=True)
        self._write_rules()
        targets = [{"targets": [f"127.0.0.1:{agent_port}"], "labels": {"instance": "this-host"}}]
        (directory / "targets.json").write_text(json.dumps(targets))
        self._write("prometheus.yml", self._prometheus())
        self._write("alertmanager.yml", self._alertmanager())

    def _write_rules(self) -> None:
        for file in RULES.glob("plancton.*.yml"):
            rules = yaml.safe_load(file.read_text())
            for group in rules["groups"]:
                group.pop("interval", None)
                for rule in group["rules"]:
                    if "for" in rule:
                        rule["for"] = "2s"
            self._write(file.name, rules)

    def _write(self, name: str, content: Any) -> None:
        (self.directory / name).write_text(yaml.safe_dump(content))

    def _prometheus(self) -> dict[str, Any]:
        alertmanager = {"static_configs": [{"targets": [f"127.0.0.1:{self.alertmanager_port}"]}]}
        scrape = {
            "job_name": "plancton",
            "file_sd_configs": [{"files": [str(self.directory / "targets.json")]}],
        }
        return {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(self.directory / "plancton.*.yml")],
            "alerting": {"alertmanagers": [alertmanager]},
            "scrape_configs": [scrape],
        }

    def _alertmanager(self) -> dict[str, Any]:
        hook = {"url": self.webhook.url, "send_resolved": True}
        return {
            "route": {"receiver": "test", "group_wait": "1s", "group_interval": "2s"},
            "receivers": [{"name": "test", "webhook_configs": [hook]}],
        }

    def start(self) -> None:
        d = self.directory
        self._run(
            "prometheus-alertmanager",
            f"--config.file={d}/alertmanager.yml",
            f"--storage.path={d}/alertmanager",
            f"--web.listen-address=127.0.0.1:{self.alertmanager_port}",
            "--cluster.listen-address=",
        )
        self._run(
            "prometheus",
            f"--config.file={d}/prometheus.yml",
            f"--storage.tsdb.path={d}/prometheus",
            f"--web.listen-address=127.0.0.1:{self.prometheus_port}",
        )
        for port in (self.prometheus_port, self.alertmanager_port):
            wait_for(f"port {port} to be ready", lambda port=port: _ready(port), 30)  # type: ignore[misc]

    def _run(self, *command: str) -> None:
        with (self.directory / f"{command[0]}.log").open("ab") as log:
            self._processes.append(subprocess.Popen(command, stdout=log, stderr=log))

    def query(self, expression: str) -> dict[str, float]:
        """Instant query: instance → value; several series of one instance are an error."""
        wanted = urllib.parse.urlencode({"query": expression})
        url = f"http://127.0.0.1:{self.prometheus_port}/api/v1/query?{wanted}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            rows = json.loads(answer.read())["data"]["result"]
        found = {row["metric"].get("instance", ""): float(row["value"][1]) for row in rows}
        assert len(found) == len(rows), f"{expression} gives several series of one instance"
        return found

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(timeout=20)
        self.webhook.close()


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=2) as answer:
            ready: bool = answer.status == 200
            return ready
    except OSError:
        return False
