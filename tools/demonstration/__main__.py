"""Submit the jobs, watch, check, clean up."""

from __future__ import annotations

import signal
import sys
import time

from tools.demonstration import work
from tools.demonstration.cluster import Cluster
from tools.demonstration.facility import Look, Pool, Trouble, look
from tools.demonstration.log import Story
from tools.demonstration.owner import Owner
from tools.demonstration.play import Course, Play

MOST_SECONDS = 600.0
OWNER_SECONDS = 20.0
READY_SECONDS = 60.0
FEW = 3
FAILED, REFUSED, INTERRUPTED = 1, 2, 130


def say(line: str) -> None:
    """At once, also into a pipe."""
    print(line, flush=True)


def main() -> int:
    """0 when every job came back once and right."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        pool = Pool.here()
        here = _ready(pool)
    except Trouble as error:
        print(f"demo: {error}", file=sys.stderr)
        return REFUSED
    cluster, owner = Cluster(pool), Owner(OWNER_SECONDS)
    try:
        return _play(cluster, owner, here)
    except Trouble as error:
        print(f"demo: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("demo: stopped; its jobs are removed", file=sys.stderr)
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        owner.end()
        cluster.remove()


def _ready(pool: Pool) -> Look:
    """Wait for agent and pool. Raises Trouble."""
    give_up = time.monotonic() + READY_SECONDS
    told = ""
    while time.monotonic() < give_up:
        here = look()
        status, told = pool.run("condor_status", "-schedd", "-af", "Name")
        if here is not None and status == 0 and told.strip():
            return here
        time.sleep(1)
    raise Trouble(f"the facility is not ready after {READY_SECONDS:.0f} s: {told.strip() or 'no answer'}")


def _play(cluster: Cluster, owner: Owner, here: Look) -> int:
    numbers = work.numbers()
    digits = len(str(numbers[0]))
    say(f"{len(numbers)} jobs, each to factor a number of {digits} digits; {here.cores:g} cores here")
    cluster.submit(numbers)
    play = Play(cluster, owner, len(numbers), say)
    story = play.run(MOST_SECONDS)
    wrong = faults(story, cluster.outputs())
    if wrong:
        more = len(wrong) - FEW
        raise Trouble("; ".join(wrong[:FEW]) + (f" and {more} more" if more > 0 else ""))
    say(_sum_up(story, play.course, len(numbers), play.seconds, owner.seconds))
    if play.course.gave_way_after is None and here.mode == "opportunistic":
        raise Trouble("the jobs are well, but the pilots were never seen to give way to the owner")
    return 0


def faults(story: Story, outputs: dict[int, str]) -> list[str]:
    """A sentence for each job that did not end once, well, and with the right output."""
    found = []
    for number in range(len(work.PRIMES)):
        job = story.jobs.get(number)
        if job is None or job.ends != 1 or not job.ended_well:
            found.append(f"job {number} ended {job.ends if job else 0} times, or not well")
        elif outputs.get(number) != work.expected(number):
            found.append(f"job {number} printed {outputs.get(number, '')!r}")
    return found


def _sum_up(story: Story, course: Course, jobs: int, seconds: float, owner_seconds: float) -> str:
    way = (
        "pilots were not seen to give way"
        if course.gave_way_after is None
        else f"pilots gave way within {course.gave_way_after:.0f} s"
    )
    if course.came_back_after is not None:
        way += f" and were back {course.came_back_after:.0f} s after it"
    return (
        f"All {jobs} jobs came back, each once and with the right factors, after {seconds:.0f} s; "
        f"{story.interrupted} had to be begun again. To {owner_seconds:.0f} s of the owner's work {way}."
    )


if __name__ == "__main__":
    sys.exit(main())
