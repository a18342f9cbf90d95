"""`make bench`: what the agent costs its host and what it gives, measured here and now.

Ratios are taken within one run, because machines differ and are never quite alone. Nothing else
should be busy meanwhile.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import docker

from tests.bench import footprint, harvest, many, release, slowdown, starts
from tests.e2e import pilot_image
from tests.e2e.agent_process import AgentProcess

IMAGE = "plancton-test-pilot:bench"


@contextlib.contextmanager
def an_agent() -> Iterator[AgentProcess]:
    """A fresh agent that leaves nothing behind."""
    with tempfile.TemporaryDirectory() as directory:
        agent = AgentProcess(Path(directory), IMAGE)
        try:
            yield agent
        finally:
            agent.clean_up()


def main() -> int:
    """Run every part and print its rows as soon as they are there."""
    pilot_image.ensure(IMAGE)
    parts = [
        ("what the agent costs", footprint.measure),
        ("starting a pilot", lambda agent: starts.measure(agent, IMAGE)),
        ("harvest", harvest.measure),
        ("giving back", release.measure),
        ("the owner's slowdown", lambda agent: slowdown.measure(agent, IMAGE)),
    ]
    try:
        for title, part in parts:
            print(f"\n{title}", flush=True)
            with an_agent() as agent:
                _tell(part(agent))
        print("\nmany pilots", flush=True)
        _tell(many.rows())
    finally:
        docker.from_env().images.remove(IMAGE, force=True)
    return 0


def _tell(rows: Iterable[tuple[str, str, str]]) -> None:
    for what, figure, goal in rows:
        print(f"  {what:52} {figure:>12}  {goal and 'goal ' + goal}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
