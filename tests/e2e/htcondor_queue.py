"""The queue of a pool as its users see it: jobs, their logs, their output."""

from __future__ import annotations

import json
import textwrap
import time
import uuid
from typing import Any

from tests.e2e.htcondor_inside import JOBS, USERS, Inside
from tests.e2e.waiting import wait_for

SUBMITTER = {
    "_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS": "IDTOKENS",
    "_CONDOR_SEC_TOKEN_DIRECTORY": USERS,
}


class Queue:
    """Jobs are submitted by alice, with her token and files on the access point."""

    def __init__(self, pool: Inside) -> None:
        self.run, self.shell = pool.run, pool.shell

    def submit(self, script: str, *lines: str, count: int = 1) -> int:
        """A job, the text of a shell script, as alice; gives the number of its cluster."""
        name = f"{JOBS}/{uuid.uuid4().hex[:8]}"
        self.shell(f"cat >{name}.sh; chmod 755 {name}.sh", "#!/bin/sh\n" + textwrap.dedent(script))
        description = [
            f"executable = {name}.sh",
            f"output = {JOBS}/$(Cluster).$(Process).out",
            f"error = {JOBS}/$(Cluster).$(Process).err",
            f"log = {JOBS}/$(Cluster).log",
            "request_memory = 32",
            "request_disk = 1MB",
            "should_transfer_files = YES",
            "when_to_transfer_output = ON_EXIT",
            *lines,
            f"queue {count}",
        ]
        self.shell(f"cat >{name}.sub", "\n".join(description) + "\n")
        told = self.run("condor_submit", "-terse", f"{name}.sub", environment=SUBMITTER)
        return int(told.split(".")[0])

    def job(self, cluster: int) -> dict[str, Any]:
        """The ad of a cluster's first job, from the queue or, once it has left it, from the history."""
        for source in ("condor_q", "condor_history"):
            text = self.run(source, "-json", str(cluster), check=False).strip()
            if text.startswith("[") and (ads := json.loads(text)):
                return dict(ads[0])
        return {}

    def events(self, cluster: int) -> list[str]:
        """The codes of a cluster's log: 001 a start, 004 an eviction, 005 an end, 022 a lost contact, …"""
        log = self.run("cat", f"{JOBS}/{cluster}.log")
        return [line[:3] for line in log.splitlines() if line[:3].isdigit() and line[3:5] == " ("]

    def output(self, cluster: int, process: int = 0) -> str:
        return self.run("cat", f"{JOBS}/{cluster}.{process}.out")

    def wait_until_runs(self, cluster: int, seconds: float = 120, *, starts: int = 1) -> float:
        """Waits for its nth start; gives the seconds that it took."""
        began = time.monotonic()
        wait_for(
            lambda: f"start {starts} of job {cluster}: {self.events(cluster)}; {self.told()}",
            lambda: self.events(cluster).count("001") >= starts,
            seconds,
            pause=0.3,
        )
        return time.monotonic() - began

    def wait_until_done(self, cluster: int, seconds: float = 120, *, count: int = 1) -> None:
        wait_for(
            lambda: f"the end of job {cluster}: {self.events(cluster)}; {self.told()}",
            lambda: self.events(cluster).count("005") >= count,
            seconds,
            pause=0.3,
        )

    def told(self) -> str:
        """What a failed test should show."""
        return self.run("condor_status", check=False) + self.run("condor_q", "-nobatch", check=False)
