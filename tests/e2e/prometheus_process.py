"""A real Prometheus on the loopback with all the project's rules, made fast: seconds instead of minutes."""

from __future__ import annotations

import json
import math
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.waiting import free_port, wait_for

RULES = Path(__file__).parents[2] / "ansible/roles/prometheus/files"
# How often it scrapes, evaluates, and how long a rule's `for` lasts.
PACE = "1s"
# Long enough for what a test backfills.
RETENTION = "200d"


@dataclass(frozen=True)
class Series:
    """Labels, and values by Unix time."""

    labels: dict[str, str]
    values: dict[float, float]

    @property
    def last(self) -> float:
        """The latest value."""
        return self.values[max(self.values)]

    @property
    def is_drawn(self) -> bool:
        """Whether there is a value that can be shown."""
        return any(not math.isnan(value) for value in self.values.values())


class PrometheusProcess:
    """Scrapes `targets`, which are those of a file_sd file, or what the `jobs` say."""

    def __init__(
        self, directory: Path, targets: list[dict[str, Any]], jobs: list[dict[str, Any]] | None = None
    ) -> None:
        self.directory, self.port = directory, free_port()
        self.data = directory / "data"
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir()
        rules = [self._hurried(path) for path in sorted(RULES.glob("*.yml"))]
        (directory / "targets.json").write_text(json.dumps(targets))
        scrape = {"job_name": "plancton", "file_sd_configs": [{"files": [str(directory / "targets.json")]}]}
        config = {
            "global": {"scrape_interval": PACE, "evaluation_interval": PACE},
            "rule_files": rules,
            "scrape_configs": [scrape] if jobs is None else jobs,
        }
        (directory / "prometheus.yml").write_text(yaml.safe_dump(config))

    def _hurried(self, path: Path) -> str:
        content = yaml.safe_load(path.read_text())
        for group in content["groups"]:
            group.pop("interval", None)
            for rule in group["rules"]:
                if "for" in rule:
                    rule["for"] = PACE
        hurried = self.directory / path.name
        hurried.write_text(yaml.safe_dump(content))
        return str(hurried)

    def start(self) -> None:
        command = [
            "prometheus",
            f"--config.file={self.directory}/prometheus.yml",
            f"--storage.tsdb.path={self.data}",
            f"--storage.tsdb.retention.time={RETENTION}",
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for("Prometheus to be ready", self._is_ready, 60)

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.directory / "log").read_text()[-3000:]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5) as answer:
                ready: bool = answer.status == 200
                return ready
        except OSError:
            return False

    def now(self, expr: str) -> list[Series]:
        """The value of an expression now."""
        rows = self._ask("query", query=expr)
        return [Series(row["metric"], _values([row["value"]])) for row in rows]

    def course(self, expr: str, step_seconds: int, steps: int = 1) -> list[Series]:
        """Its last points, at times that are whole multiples of the step, as Grafana asks for them."""
        end = int(time.time()) // step_seconds * step_seconds
        begin = end - steps * step_seconds
        rows = self._ask("query_range", query=expr, start=begin, end=end, step=step_seconds)
        return [Series(row["metric"], _values(row["values"])) for row in rows]

    def _ask(self, what: str, **parameters: Any) -> list[dict[str, Any]]:
        url = f"http://127.0.0.1:{self.port}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                found: list[dict[str, Any]] = json.loads(answer.read())["data"]["result"]
                return found
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters['query']}: {error.read().decode()}") from None

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)


def _values(pairs: list[tuple[float, str]]) -> dict[float, float]:
    return {moment: float(value) for moment, value in pairs}
