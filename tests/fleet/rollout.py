"""Runs the project's playbooks on a fleet, as an administrator on the control node does."""

from __future__ import annotations

import re
from pathlib import Path

from tests.fleet.place import Place
from tests.testbed.command import Result, run_into
from tests.testbed.facility import RECAP, Recap
from tests.testbed.snapshot import PROJECT

HOST_RECAP = re.compile(rf"^(\S+)\s*:\s*{RECAP.pattern}", re.MULTILINE)


def command(
    place: Place, *options: str, playbook: str = "site.yml", project: Path = PROJECT, inventory: str = ""
) -> list[str]:
    """What an administrator would type in a clone; `inventory` is a second one, in the fleet's folder."""
    places = [place.inventory, *([place.folder / inventory] if inventory else [])]
    inventories = [word for path in places for word in ("-i", str(path))]
    return [str(project / "tools/playbook"), *inventories, f"ansible/{playbook}", *options]


def play(
    place: Place,
    *options: str,
    playbook: str = "site.yml",
    project: Path = PROJECT,
    inventory: str = "",
    deadline: float = 600,
) -> Result:
    """What came of it; the transcript lies in the fleet's folder, under the options' names."""
    typed = command(place, *options, playbook=playbook, project=project, inventory=inventory)
    return run_into(transcript(place, *options, playbook=playbook), typed, deadline=deadline)


def transcript(place: Place, *options: str, playbook: str = "site.yml") -> Path:
    words = "-".join(re.sub(r"\W+", "", option) for option in (playbook.partition(".")[0], *options))
    return place.folder / f"{words}.log"


def recaps(result: Result) -> dict[str, Recap]:
    """By host; the control node itself is left out."""
    found = HOST_RECAP.findall(result.output.rpartition("PLAY RECAP")[2])
    if not found:
        raise AssertionError(f"no recap\n{result.told()}")
    return {name: Recap(*map(int, figures)) for name, *figures in found if name != "localhost"}
