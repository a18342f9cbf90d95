"""`make fleet` and `make fleet-down`: hosts that differ, on this machine, and the facility on them."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time

from tests.fleet import fleet, rollout
from tests.fleet.members import FLEET
from tests.fleet.place import DEFAULT, Place
from tests.testbed.fixtures import NEEDED


def main() -> int:
    """One verb; an error is one sentence."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    parser.add_argument("verb", choices=["up", "hosts", "down"], help="hosts: without the roll-out")
    verb = parser.parse_args().verb
    place = Place(DEFAULT)
    missing = [program for program in (*NEEDED, "ssh") if shutil.which(program) is None]
    if missing:
        print(f"fleet: tools/testbed installs what is missing: {', '.join(missing)}", file=sys.stderr)
        return 2
    try:
        return _down(place) if verb == "down" else _up(place, roll_out=verb == "up")
    except (OSError, AssertionError, RuntimeError) as error:
        print(f"fleet: {error}", file=sys.stderr)
        return 2


def _up(place: Place, *, roll_out: bool) -> int:
    print(
        f"==> Making and starting {len(FLEET)} hosts (minutes, where their images are not made yet)",
        flush=True,
    )
    began = time.monotonic()
    fleet.up(place)
    print(
        f"==> They are there after {time.monotonic() - began:.0f} s; the inventory is {place.inventory}",
        flush=True,
    )
    for member in FLEET:
        print(f"  {member.name:8} {member.says}")
    if not roll_out:
        return 0
    sys.stdout.flush()
    return subprocess.run(rollout.command(place), check=False).returncode


def _down(place: Place) -> int:
    print("==> Ending the fleet", flush=True)
    gone = fleet.down(place)
    print(
        f"==> {len(gone)} hosts, their network and {place.folder} are gone" if gone else "==> There is none"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
