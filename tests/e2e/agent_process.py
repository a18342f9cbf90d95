"""A real agent in a process of its own, with its own name, directories, port and cgroup."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import yaml

from tests.e2e.waiting import free_port, wait_for

NOBODY = 65534


class AgentProcess:
    """Starts, asks, stops and cleans up one agent. `settings` are merged into its configuration."""

    def __init__(self, directory: Path, image: str, engine_url: str = "unix:///var/run/docker.sock") -> None:
        self.name = f"pt{uuid.uuid4().hex[:8]}"
        self.directory = directory
        self.port = free_port()
        self.config_path = directory / "plancton.yml"
        self.log_path = directory / "agent.log"
        self.docker = docker.DockerClient(base_url=engine_url, timeout=30)
        self.process: subprocess.Popen[bytes] | None = None
        # How it is asked: over TLS, and with which headers.
        self.tls: ssl.SSLContext | None = None
        self.headers: dict[str, str] = {}
        (directory / "state").mkdir(exist_ok=True)
        self.settings: dict[str, Any] = {
            "name": self.name,
            # Tests own the machine: no reserve, a short calm, and room for the noise of a test run.
            "pool": {"reserve_cores": 0, "memory_per_pilot": "64MiB"},
            "grow": {"calm_seconds": 2, "fizzle_seconds": 1, "tolerance_cores": 0.4},
            # Most tests are about whether and when; the rungs before the kill have tests of their own.
            "release": {
                "tolerance_cores": 0.6,
                "freeze_after_seconds": None,
                "stop_after_seconds": None,
                "kill_after_seconds": 0,
                "thaw_after_seconds": 1,
                "thaw_most_seconds": 1,
            },
            "pilot": {"image": image},
            "engine": {"url": engine_url, "deadline_seconds": 5, "resync_seconds": 3},
            "web": {"listen_address": f"127.0.0.1:{self.port}"},
            "paths": {"run_directory": str(directory / "run"), "state_directory": str(directory / "state")},
        }

    def configure(self, **sections: Any) -> None:
        """Merge sections into the configuration and write it in one step."""
        for name, section in sections.items():
            if isinstance(section, dict):
                self.settings.setdefault(name, {}).update(section)
            else:
                self.settings[name] = section
        draft = self.config_path.with_suffix(".new")
        draft.write_text(yaml.safe_dump(self.settings))
        draft.replace(self.config_path)

    def start(self, *options: str) -> AgentProcess:
        """Start it; gives itself once the first tick is over."""
        if not self.config_path.exists():
            self.configure()
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(self._command("run", *options), stderr=log, stdout=log)
        wait_for("the agent's first tick", self.try_status, 20)
        return self

    def run(self, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one verb of the command line to its end."""
        command = self._command(verb, *arguments)
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def run_as(self, group: int, verb: str) -> subprocess.CompletedProcess[str]:
        """Run a verb as the user nobody within a group.

        It may read what the tests' own directories hide (the interpreter may be below /root), but no
        permission to write or to connect is added.
        """
        drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={group}", "--clear-groups"]
        drop += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
        command = [*drop, *self._command(verb)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def _command(self, verb: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "plancton", verb, "--config.file", str(self.config_path), *arguments]

    def get(self, path: str) -> str:
        scheme = "http" if self.tls is None else "https"
        request = urllib.request.Request(f"{scheme}://127.0.0.1:{self.port}{path}", headers=self.headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=10, context=self.tls) as answer:  # noqa: S310
            text: str = answer.read().decode()
            return text

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get("/status"))
        return found

    def try_status(self) -> dict[str, Any] | None:
        assert self.process is None or self.process.poll() is None, f"it has ended: {self.log()}"
        with contextlib.suppress(OSError):
            return self.status()
        return None

    def metric(self, series: str) -> float:
        """The value of a series, given as in the exposition."""
        for line in self.get("/metrics").splitlines():
            name, _, value = line.rpartition(" ")
            if name == series:
                return float(value)
        raise AssertionError(f"no series {series}")

    def running(self) -> list[str]:
        """The ids of this agent's running containers, as the engine itself tells them."""
        return self._ids("running")

    def frozen(self) -> list[str]:
        """The ids of those that are frozen."""
        return self._ids("paused")

    def _ids(self, status: str) -> list[str]:
        ours = {"label": f"plancton.agent={self.name}", "status": status}
        return sorted(c["Id"] for c in self.docker.api.containers(filters=ours))

    def wait_for_running(self, count: int, seconds: float) -> list[str]:
        return wait_for(
            lambda: f"{count} running pilots; the agent says: {(self.try_status() or {}).get('sentence')}",
            lambda: (ids,) if len(ids := self.running()) == count else None,
            seconds,
        )[0]

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=20)

    def log(self) -> str:
        return self.log_path.read_text()[-3000:] if self.log_path.exists() else ""

    def clean_up(self) -> None:
        """Leave nothing: process, containers, cgroups."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=20)
        with contextlib.suppress(docker.errors.DockerException, OSError):
            ours = {"label": f"plancton.agent={self.name}"}
            for entry in self.docker.api.containers(all=True, filters=ours):
                self.docker.api.remove_container(entry["Id"], force=True, v=True)
        self.docker.close()
        for directory in Path("/sys/fs/cgroup").glob(f"*/{self.name}"):
            with contextlib.suppress(OSError):
                directory.rmdir()


@contextlib.contextmanager
def busy(processes: int, nice: int = 0) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The owner's work: so many processes that compute and nothing else, for a minute at most."""
    loop = "import time\nend = time.time() + 60\nwhile time.time() < end: pass"
    command = [sys.executable, "-c", loop]
    running = [
        subprocess.Popen(command, preexec_fn=lambda: os.nice(nice) and None)  # noqa: PLW1509
        for _ in range(processes)
    ]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


def cpu_seconds_of(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle_cores(seconds: float) -> float:
    """Idle cores of this machine over the next seconds, from /proc/stat."""

    def idle() -> float:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()
        return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")

    before, began = idle(), time.monotonic()
    time.sleep(seconds)
    return (idle() - before) / (time.monotonic() - began)
