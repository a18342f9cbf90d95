"""`make bench-fleet`: how long roll-outs take until pilots run, and runs that change nothing.

The hosts are Debian with systemd and an engine, in containers of this machine, whose cores they share with
the control node. What is made once on that (the agent's release, the pilots' image) is there
before the first.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

from tests.fleet import fleet, rollout
from tests.fleet.fleet import Fleet
from tests.fleet.members import Member
from tests.fleet.place import Place
from tests.testbed.command import must, run
from tests.testbed.facility import Facility, until
from tests.testbed.recipes import FLEET_12_ENGINE
from tests.testbed.snapshot import PROJECT

SIZES = (1, 2, 3, 4, 8)
PYTHON = "3.11"  # that of Debian 12
GOAL_FIRST = "goal for 3: 60 s"


def main() -> int:
    """A row for each size, as soon as it is there; sizes may be named on the command line."""
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    must(run([sys.executable, str(PROJECT / "tools/release"), PYTHON, platform.machine()], deadline=300))
    print(f"hosts   first run to pilots ({GOAL_FIRST})   unchanged run   a host (goal: 5 s)", flush=True)
    for size in sizes:
        first, again = measure(size)
        print(f"{size:5} {first:22.0f} s {again:29.0f} s {again / size:14.1f} s", flush=True)
    return 0


def measure(size: int) -> tuple[float, float]:
    """Seconds until a pilot runs on each of so many new hosts, and of a run after that."""
    members = tuple(Member(f"pc{n:02}", FLEET_12_ENGINE, "has an engine") for n in range(1, size + 1))
    with tempfile.TemporaryDirectory(prefix="plancton-bench-") as folder:
        place = Place(Path(folder), f"bench-{os.getpid()}-{size}")
        try:
            hosts = fleet.up(place, members)
            first = must(rollout.play(place)).seconds + until("pilots run", lambda: everywhere(hosts), 120)
            return first, must(rollout.play(place)).seconds
        finally:
            fleet.down(place)


def everywhere(hosts: Fleet) -> bool:
    """Whether a pilot runs on each of them."""
    return all(Facility(host, "", hosts.place.folder).pilots() for host in hosts.hosts.values())


if __name__ == "__main__":
    sys.exit(main())
