"""What a fleet shows of itself: its hosts, their agents, and the monitor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.fleet.fleet import Fleet
from tests.testbed.facility import Facility, until
from tests.testbed.host import Host


def text_of(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def release(host: Host) -> str:
    """The name of the agent's release that is in use."""
    return host.read("readlink", "/opt/plancton/current").rpartition("/")[2]


def running_release(host: Host) -> str:
    """The name of the one whose interpreter its agent is, whatever is in use."""
    return host.read("pgrep", "--full", "--list-full", "bin/plancton run").split("/")[3]


def wish(hosts: Fleet, name: str) -> tuple[str, str]:
    """What is asked for there, and by whom and why."""
    intent = status(hosts.hosts[name])["intent"]
    return intent["kind"], intent["asked"]


def status(host: Host) -> dict[str, Any]:
    """What its agent says of itself."""
    told: dict[str, Any] = json.loads(host.read("plancton", "status", "--json"))
    return told


def pilots(host: Host) -> list[str]:
    """The containers of pilots that run."""
    return host.read("docker", "ps", "--quiet", "--no-trunc", "--filter=label=plancton.agent").split()


def seen(hosts: Fleet) -> dict[str, float]:
    """The donors that the monitor's Prometheus scrapes, and whether they answer."""
    watch = Facility(hosts.hosts["watch"], "", hosts.place.folder)
    return watch.labelled('up{job="plancton"}', "instance")


def until_seen(hosts: Fleet, expected: dict[str, float]) -> None:
    until(f"Prometheus sees {expected}", lambda: seen(hosts) == expected, 120, lambda: str(seen(hosts)))
