"""Somebody else's container on a host: what the project must never touch, however it is called."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.testbed.command import must
from tests.testbed.host import Host

# As like one of ours as it can be without the label.
NAME = "plancton-default-0badcafe"
IMAGE = "stranger:1"
# An image needs no registry: one program of the host and the libraries that it names.
MAKE_IMAGE = f"""
set -e
sleep=$(command -v sleep)
tar --create --dereference --absolute-names "$sleep" $(ldd "$sleep" | grep -o '/[^ ]*') |
    docker import - {IMAGE}
"""


@dataclass(frozen=True)
class Stranger:
    """What of it must stay as it was: not even a restart or a change of its limits."""

    container: str
    started: str
    state: str
    cpu_shares: int


def start(host: Host) -> Stranger:
    must(host.run("sh", "-c", MAKE_IMAGE))
    must(host.run("docker", "run", "--detach", f"--name={NAME}", IMAGE, "/usr/bin/sleep", "86400"))
    return look(host)


def look(host: Host) -> Stranger:
    found = json.loads(host.read("docker", "inspect", NAME))[0]
    state = found["State"]
    return Stranger(found["Id"], state["StartedAt"], state["Status"], found["HostConfig"]["CpuShares"])
