"""Runs the project's playbooks on a fleet, as an administrator on the control node does."""

from __future__ import annotations

import re

from tests.fleet.place import Place
from tests.testbed.command import Result, run_into
from tests.testbed.facility import RECAP, Recap
from tests.testbed.snapshot import PROJECT

HOST_RECAP = re.compile(rf"^(\S+)\s*:\s*{RECAP.pattern}", re.MULTILINE)


def command(place: Place, *options: str, playbook: str = "site.yml") -> list[str]:
    """What an administrator would type."""
    return [str(PROJECT / "tools/playbook"), "-i", str(place.inventory), f"ansible/{playbook}", *options]


def play(place: Place, *options: str, playbook: str = "site.yml", deadline: float = 600) -> Result:
    """What came of it; the transcript lies in the fleet's folder, under the options' names."""
    words = "-".join(re.sub(r"\W+", "", option) for option in (playbook.partition(".")[0], *options))
    typed = command(place, *options, playbook=playbook)
    return run_into(place.folder / f"{words}.log", typed, deadline=deadline)


def recaps(result: Result) -> dict[str, Recap]:
    """By host; the control node itself is left out."""
    found = HOST_RECAP.findall(result.output.rpartition("PLAY RECAP")[2])
    if not found:
        raise AssertionError(f"no recap\n{result.told()}")
    return {name: Recap(*map(int, figures)) for name, *figures in found if name != "localhost"}
