"""Fixtures for tests that need a fresh machine; one machine serves all tests of a module."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.testbed import stranger, traces
from tests.testbed.command import run
from tests.testbed.facility import Facility
from tests.testbed.fresh import Fresh
from tests.testbed.host import LABEL, Host
from tests.testbed.recipes import BARE, SYSTEMD

# Beyond it nothing is learnt any more; the promise itself is checked by the test.
UP_DEADLINE = 900
# Debian's packages of the same names; docker comes with docker.io, the last two with qemu-utils and
# qemu-system-x86.
NEEDED = ("docker", "git", "lxcfs", "mmdebstrap", "qemu-img", "qemu-system-x86_64")


@pytest.fixture(scope="session")
def fresh_run_id() -> str:
    """Names this process, so that a later one can tell what was left behind by a killed one."""
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        pytest.fail(f"the test bed needs these programs: {', '.join(missing)}", pytrace=False)
    _remove_orphans()
    return f"pid-{os.getpid()}"


# The first one is where tests that need only one machine of them run.
@pytest.fixture(scope="module", params=[SYSTEMD, BARE], ids=lambda recipe: recipe.name)
def fresh_attempt(
    request: pytest.FixtureRequest, fresh_run_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fresh]:
    """A fresh machine, a fresh clone, one `make up`: whatever came of it."""
    with Host.borrowed(request.param, fresh_run_id) as host:
        facility = Facility.fresh(host, tmp_path_factory.mktemp("transcripts"))
        before = traces.state(host)
        up = facility.make("up", deadline=UP_DEADLINE)
        yield Fresh(facility, up, before, stranger.start(host) if up.ok and not host.has_systemd else None)


@pytest.fixture
def fresh(fresh_attempt: Fresh) -> Fresh:
    """A machine on which `make up` went well; its failure is told once, by the test of its own."""
    if not fresh_attempt.up.ok:
        pytest.fail("`make up` failed on this machine", pytrace=False)
    return fresh_attempt


def _remove_orphans() -> None:
    """Hosts of test runs that were killed before they could clean up."""
    listed = run(
        ["docker", "ps", "--all", f"--filter=label={LABEL}", f'--format={{{{.ID}}}} {{{{.Label "{LABEL}"}}}}']
    )
    for line in listed.stdout.splitlines():
        container, _, owner = line.partition(" ")
        if owner.startswith("pid-") and not Path("/proc", owner.removeprefix("pid-")).exists():
            run(["docker", "rm", "--force", "--volumes", container], deadline=120)
