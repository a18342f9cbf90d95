"""Pilots that vanish without a word: their jobs run elsewhere soon after the lease, and end once."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container

from tests.e2e.htcondor import LEASE_SECONDS, Pool, running_pool

pytestmark = pytest.mark.timeout(1800)  # the images may have to be made first, on a busy machine

HOW = ("killed", "without power", "behind a cut cable")
# Requeued within the lease and ten seconds; the rest is for a new match, and for a busy machine.
MOST_SECONDS = LEASE_SECONDS + 10 + 60
# Its first run is over before anybody has noticed that the cable is cut.
JOB_SECONDS = 15


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    with running_pool(tmp_path) as pool:
        yield pool


def cable(pilot: Container, state: str) -> None:
    """Cut the pilot off (`down`) or not (`up`). Nothing is said to anybody: no connection is closed."""
    pilot.reload()
    inside = ["nsenter", "--net", "--target", str(pilot.attrs["State"]["Pid"])]
    subprocess.run([*inside, "ip", "link", "set", "eth0", state], check=True, timeout=60)


def lose(pilot: Container, how: str) -> None:
    if how != "killed":
        cable(pilot, "down")
    if how != "behind a cut cable":
        pilot.kill()


def test_jobs_of_pilots_that_vanish_run_elsewhere_after_the_lease_and_end_once(pool: Pool) -> None:
    # They would stay: a pilot that is cut off is to be there when the cable is mended, however late.
    stays = {"PLANCTON_JOBS_PER_PILOT": "5", "PLANCTON_IDLE_EXIT_SECONDS": "600"}
    pilots = {how: pool.pilot(f"lost{number}", tokens=None, **stays) for number, how in enumerate(HOW)}
    jobs = {
        how: pool.queue.submit(
            f"echo started on $PLANCTON_HOST\nsleep {JOB_SECONDS}\necho done\n",
            f'requirements = PlanctonHost == "lost{number}" || PlanctonHost == "other" && NumJobStarts > 0',
        )
        for number, how in enumerate(HOW)
    }
    for job in jobs.values():
        pool.queue.wait_until_runs(job)
    # There before the others go: their addresses must answer to nobody.
    others = [pool.pilot("other", PLANCTON_IDLE_EXIT_SECONDS="600") for _ in HOW]
    began = time.monotonic()
    for how, pilot in pilots.items():
        lose(pilot, how)
    for how, job in jobs.items():
        left = began + MOST_SECONDS - time.monotonic()
        pool.queue.wait_until_runs(job, max(left, 1), starts=2)
        print(f"{how}: runs elsewhere after {time.monotonic() - began:.1f} s, lease {LEASE_SECONDS} s")
    # The one who was cut off has a result, too, and nobody wants it any more.
    cable(pilots["behind a cut cable"], "up")
    for job in jobs.values():
        pool.queue.wait_until_done(job)
    assert [pool.exit_code(other) for other in others] == [0, 0, 0]
    for job in jobs.values():
        assert pool.queue.output(job).splitlines() == ["started on other", "done"]
        assert pool.queue.events(job).count("005") == 1
        assert pool.queue.job(job)["NumJobStarts"] == 2
