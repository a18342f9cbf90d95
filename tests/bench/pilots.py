"""`make bench-pilots`: how soon jobs run, and run again, on pilots of HTCondor, with the pool's defaults."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from docker.models.containers import Container

from tests.bench import demand
from tests.e2e import htcondor_images
from tests.e2e.htcondor import Pool
from tests.e2e.waiting import wait_for

Row = tuple[str, str, str]
TIMES = 5
LEASE_SECONDS = 120
JOB_SECONDS = 60


def main() -> int:
    """Run every part and print its row as soon as it is there."""
    with tempfile.TemporaryDirectory() as directory:
        pool = Pool(htcondor_images.ensure(), Path(directory), settings="")
        try:
            pool.start()
            for what, figure, goal in rows(pool):
                print(f"  {what:70} {figure:>8}  {goal and 'goal ' + goal}", flush=True)
        finally:
            pool.clean_up()
    return 0


def rows(pool: Pool) -> Iterator[Row]:
    """Rows (what, figure, goal)."""
    lives = [_one_life(pool, f"life{number}") for number in range(TIMES)]
    told = (
        ("pilot started to slot visible", ""),
        ("job submitted to job running, on a pilot that waits", ""),
        ("pilot stopped to job back in the queue", "<= 1 s"),
        ("pilot stopped to job running elsewhere", "<= 15 s"),
    )
    for (what, goal), seconds in zip(told, zip(*lives, strict=True), strict=True):
        yield f"{what}, median of {TIMES}", f"{median(seconds):.1f} s", goal
        yield f"{what}, worst", f"{max(seconds):.1f} s", goal
    yield f"life of a pilot beside its job of {JOB_SECONDS} s", f"{_overhead(pool):.1f} s", "<= 8 s"
    what = f"pilot killed to job running elsewhere, lease {LEASE_SECONDS} s"
    yield what, f"{_after_a_kill(pool):.1f} s", f"<= {LEASE_SECONDS + 10} s"
    yield from demand.rows(pool)


def _one_life(pool: Pool, host: str) -> tuple[float, float, float, float]:
    """Seconds until the slot is there, a job runs, it is back in the queue, and it runs elsewhere."""
    pilot, visible = _waiting(pool, host)
    job = pool.queue.submit("sleep 600", f'requirements = PlanctonHost == "{host}"')
    runs = pool.queue.wait_until_runs(job)
    other, _ = _waiting(pool, host)
    began = time.monotonic()
    pilot.kill("SIGTERM")  # docker stop, which does not wait
    wait_for("the eviction", lambda: "004" in pool.queue.events(job), 60, pause=0.02)
    back = time.monotonic() - began
    pool.queue.wait_until_runs(job, starts=2)
    elsewhere = time.monotonic() - began
    pool.run("condor_rm", str(job))
    for container in (pilot, other):
        container.remove(force=True)
    return visible, runs, back, elsewhere


def _overhead(pool: Pool) -> float:
    """With its job in the queue already, from the start of the container to its end, less the job."""
    job = pool.queue.submit(f"sleep {JOB_SECONDS}", 'requirements = PlanctonHost == "whole"')
    began = time.monotonic()
    pilot = _pilot(pool, "whole")
    pool.exit_code(pilot, 600)
    took = time.monotonic() - began
    pool.queue.wait_until_done(job)
    return took - JOB_SECONDS


def _after_a_kill(pool: Pool) -> float:
    pilot, _ = _waiting(pool, "kill")
    job = pool.queue.submit("sleep 600", 'requirements = PlanctonHost == "kill"')
    pool.queue.wait_until_runs(job)
    _waiting(pool, "kill")
    began = time.monotonic()
    pilot.kill()
    pool.queue.wait_until_runs(job, 600, starts=2)
    return time.monotonic() - began


def _pilot(pool: Pool, host: str) -> Container:
    """As the role has it, where the tests have other times."""
    return pool.pilot(host, PLANCTON_UPDATE_SECONDS="30", PLANCTON_IDLE_EXIT_SECONDS="300")


def _waiting(pool: Pool, host: str) -> tuple[Container, float]:
    """A pilot with a slot that the pool sees, and the seconds that this took."""
    began = time.monotonic()
    free = f'PlanctonHost == "{host}" && State == "Unclaimed"'
    pilot = _pilot(pool, host)
    wait_for("its slot", lambda: pool.slots(free), 60, pause=0.05)
    return pilot, time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
