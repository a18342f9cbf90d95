"""A clone on a host, and what a user sees of the facility that `make up` makes of it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.testbed import snapshot
from tests.testbed.command import Result
from tests.testbed.host import Host

AGENT = "http://127.0.0.1:10016"
PROMETHEUS = "http://127.0.0.1:9090"
ALERTMANAGER = "http://127.0.0.1:9093"
# A bare host has no curl; python3 is what it has.
FETCH = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=10).read().decode())"
# Each look costs a host some 50 ms of CPU, which its agent takes for the owner's.
POLL_SECONDS = 2
RECAP = re.compile(r"ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")


@dataclass(frozen=True)
class Recap:
    """Ansible's last lines, all hosts taken together."""

    changed: int
    unreachable: int
    failed: int


@dataclass(frozen=True)
class Facility:
    """The clone of one user on one host; transcripts of what takes long go to `folder`."""

    host: Host
    clone: str
    folder: Path

    @classmethod
    def fresh(cls, host: Host, folder: Path) -> Facility:
        return cls(host, snapshot.clone(host, host.recipe.user), folder)

    def make(self, target: str, deadline: float) -> Result:
        return self.type("make", target, called=f"make-{target}", deadline=deadline)

    def type(self, *argv: str, called: str, deadline: float) -> Result:
        """What the host's user types in the clone."""
        order = len(list(self.folder.iterdir())) + 1
        transcript = self.folder / f"{order}-{self.host.recipe.name}-{called}.log"
        user = self.host.recipe.user
        return self.host.run_into(transcript, *argv, user=user, folder=self.clone, deadline=deadline)

    def get(self, url: str) -> str:
        return self.host.read("python3", "-c", FETCH, url)

    def query(self, expression: str) -> list[float]:
        """The values that the host's own Prometheus gives for it, one per series."""
        return [float(series["value"][1]) for series in self._series(expression)]

    def labelled(self, expression: str, label: str) -> dict[str, float]:
        """The same by the value of a label that no two series share."""
        return {series["metric"][label]: float(series["value"][1]) for series in self._series(expression)}

    def _series(self, expression: str) -> list[dict[str, Any]]:
        answer = json.loads(self.get(f"{PROMETHEUS}/api/v1/query?query={quote(expression)}"))
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def wait_for_pilots(self, *, running: bool, seconds: float) -> None:
        """Until some run, or none; a failure shows why the agent decided as it did."""
        what = f"pilots run: {running}"
        until(what, lambda: (self.pilots() > 0) is running, seconds, self.why)

    def why(self) -> str:
        return self.host.run("plancton", "why").output

    def pilots(self) -> int:
        """Running pilots, as the engine itself counts them."""
        flags = ("--filter=label=plancton.agent", "--filter=status=running")
        return len(self.host.read("docker", "ps", "--quiet", *flags).split())


def recap(result: Result) -> Recap:
    """The last one that was printed; a play that did not come to its end has none."""
    lines = RECAP.findall(result.output.rpartition("PLAY RECAP")[2])
    if not lines:
        raise AssertionError(f"no recap\n{result.told()}")
    changed, unreachable, failed = (sum(map(int, column)) for column in zip(*lines, strict=True))
    return Recap(changed, unreachable, failed)


def until(what: str, holds: Callable[[], bool], seconds: float, tell: Callable[[], str] = str) -> float:
    """How long it took, in seconds; a failure tells what never came true, and what `tell` knows of it."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds:.0f} s: {what}\n{tell()}")
        time.sleep(POLL_SECONDS)
    return time.monotonic() - began
