"""What many pilots cost the agent: as many as a large host has, shown by an engine of our own.

The containers are entries in a list and empty cgroups; the agent is the real one, and so are its sensors,
its client library and its loop.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plancton.cgroup import Pool, hierarchy_here
from plancton.pilot_spec import AGENT_LABEL, KIND_LABEL, SPEC_LABEL
from tests.bench.footprint import cost_of
from tests.e2e.agent_process import AgentProcess
from tests.unit.docker_server import Docker, listen

NUMBERS = (2, 64)
IMAGE = "plancton-pilot:fake"


def rows() -> Iterator[tuple[str, str, str]]:
    """Rows (what, figure, goal)."""
    ticks = {}
    for number in NUMBERS:
        with _an_agent_with(number) as agent:
            cost = cost_of(agent)
        ticks[number] = cost.tick_seconds
        yield f"agent with {number} (fake) pilots, share of a core", f"{cost.core_share:.2%}", "<= 0.50 %"
        yield (
            f"agent with {number} (fake) pilots, resident memory",
            f"{cost.resident_mib:.1f} MiB",
            "<= 40 MiB",
        )
        yield f"agent with {number} (fake) pilots, a tick lasts", f"{cost.tick_seconds * 1000:.2f} ms", ""
    few, many = NUMBERS
    yield f"a tick with {many} pilots to one with {few}", f"{ticks[many] / ticks[few]:.2f} x", ""


@contextlib.contextmanager
def _an_agent_with(number: int) -> Iterator[AgentProcess]:
    with tempfile.TemporaryDirectory(prefix="plancton-") as name:
        directory = Path(name)
        docker = Docker(info={"CgroupDriver": "cgroupfs"}, names={IMAGE: "sha256:1"}, images={"sha256:1"})
        server = listen(docker, directory / "docker.sock")
        agent = AgentProcess(directory, IMAGE, f"unix://{directory}/docker.sock")
        pool = Pool(agent.name, "cgroupfs", hierarchy_here())
        ids = [f"{n:064x}" for n in range(number)]
        docker.containers = [_entry(agent.name, id_) for id_ in ids]
        # Nobody has to go, and nobody fits: all that costs is looking.
        agent.configure(
            pool={"max_pilots": number, "cpus_per_pilot": 0.1},
            release={"freeze_after_seconds": None, "stop_after_seconds": None, "kill_after_seconds": None},
        )
        members = [pool.accounting / id_ for id_ in ids]
        try:
            for member in members:
                member.mkdir(parents=True)
            yield agent.start()
        finally:
            agent.end()
            server.shutdown()
            server.server_close()
            for directory_ in (*members, *{pool.accounting, pool.cpu}):
                with contextlib.suppress(OSError):
                    directory_.rmdir()


def _entry(agent: str, id_: str) -> dict[str, Any]:
    """As `GET /containers/json` has it."""
    name = f"default-{id_[-6:]}"
    labels = {AGENT_LABEL: agent, KIND_LABEL: "default", SPEC_LABEL: "0" * 12}
    return {
        "Id": id_,
        "Names": [f"/{agent}-{name}"],
        "Image": IMAGE,
        "ImageID": "sha256:1",
        "Command": "/pilot",
        "Created": int(time.time()) - 60,
        "Labels": labels,
        "State": "running",
        "Status": "Up About a minute",
        "HostConfig": {"NetworkMode": "none"},
        "NetworkSettings": {"Networks": {}},
        "Mounts": [],
        "Ports": [],
    }
