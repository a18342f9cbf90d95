"""A real Prometheus on the loopback: it scrapes every host on paper, and has the project's rules."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import yaml

from plancton.facility.prometheus import NoPrometheus, Prometheus
from tests.bench.scale.server import name_of, path_of
from tests.e2e.waiting import free_port, wait_for

RULES = Path(__file__).parents[3] / "ansible/roles/prometheus/files"
EVERY_SECONDS = 15
SITES = ("lab", "library", "offices", "farm", "hall")


class Monitor:
    """Started by `with`; ends with it. `directory` is for its configuration, its log and its data."""

    def __init__(self, directory: Path, exporter_port: int, hosts: int) -> None:
        self.port = free_port()
        self.client = Prometheus(f"http://127.0.0.1:{self.port}", answer_seconds=120.0)
        self._directory = directory
        targets = [
            {
                "targets": [f"127.0.0.1:{exporter_port}"],
                "labels": {
                    "instance": name_of(number),
                    "site": SITES[number % len(SITES)],
                    "__metrics_path__": path_of(number),
                },
            }
            for number in range(hosts)
        ]
        (directory / "hosts.yml").write_text(yaml.safe_dump(targets))
        (directory / "prometheus.yml").write_text(yaml.safe_dump(self._configuration()))

    def _configuration(self) -> dict[str, Any]:
        own = {"job_name": "prometheus", "static_configs": [{"targets": [f"127.0.0.1:{self.port}"]}]}
        hosts = {"job_name": "plancton", "file_sd_configs": [{"files": [str(self._directory / "hosts.yml")]}]}
        pace = f"{EVERY_SECONDS}s"
        return {
            "global": {"scrape_interval": pace, "evaluation_interval": pace},
            "rule_files": [str(path) for path in sorted(RULES.glob("*.yml"))],
            "scrape_configs": [hosts, own],
        }

    def __enter__(self) -> Monitor:
        with (self._directory / "prometheus.log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={self._directory}/prometheus.yml",
                    f"--storage.tsdb.path={self._directory}/data",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                ],
                stdout=log,
                stderr=log,
            )
        wait_for("Prometheus to answer", self._answers, 60.0)
        return self

    def _answers(self) -> bool:
        try:
            self.client.instant("vector(1)", time.time())
        except NoPrometheus:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)

    def figure(self, expression: str) -> float:
        """One number; 0 if there is none."""
        found = self.client.instant(expression, time.time())
        return found[0].value if found else 0.0
