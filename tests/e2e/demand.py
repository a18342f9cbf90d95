"""`plancton demand` beside a pool in a container, asked through the script of the Ansible role."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.htcondor import Pool
from tests.e2e.htcondor_images import ROLES
from tests.e2e.waiting import free_port, wait_for

STARTED = 'plancton_pilot_starts_total{kind="default",result="started"}'
UP = 'plancton_demand_up{kind="default"}'


@contextlib.contextmanager
def service(
    pool: Pool, directory: Path, every_seconds: int = 1
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Its process and its port, for as long as the block lasts."""
    port, log_path = free_port(), directory / "demand.log"
    tools = f"{sys.executable} -B {ROLES}/htcondor_pool/files/pool.py --name {pool.name} ask --"
    command = [sys.executable, "-m", "plancton", "demand", "--listen", f"127.0.0.1:{port}"]
    command += ["--allow", "127.0.0.0/8", "--every", str(every_seconds), "--tools", tools]
    environment = {**os.environ, "PYTHONPATH": str(ROLES / "debian_image/files")}
    with log_path.open("wb") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log, env=environment)
    try:
        wait_for(lambda: f"the pool: {log_path.read_text()}", lambda: "answers" in log_path.read_text(), 120)
        yield process, port
    finally:
        process.kill()
        process.wait(timeout=20)
