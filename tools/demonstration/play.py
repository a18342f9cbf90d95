"""The course of the demonstration: jobs run, the owner comes and goes, jobs come back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tools.demonstration import log
from tools.demonstration.cluster import Cluster
from tools.demonstration.facility import Look, Trouble, look
from tools.demonstration.owner import Owner

# Each look at the log costs the machine some milliseconds, which the agent takes for the owner's.
LOOK_SECONDS = 1.0
LOG_SECONDS = 2.0
# A line at least so often, so that one sees that it is alive.
QUIET_SECONDS = 10.0
# The owner comes when this share of the jobs is done.
OWNER_COMES = 0.3


@dataclass
class Course:
    """What was seen on the way; seconds. None: not seen."""

    gave_way_after: float | None = None
    came_back_after: float | None = None
    frozen_most: int = 0


class Play:
    """One run. `say` prints a line."""

    def __init__(self, cluster: Cluster, owner: Owner, jobs: int, say: Callable[[str], None]) -> None:
        self._cluster, self._owner, self._jobs, self._say = cluster, owner, jobs, say
        self._began = time.monotonic()
        self._told: tuple[int, ...] = ()
        self._told_at = float("-inf")
        self._story = log.Story()
        self._read_at = float("-inf")
        self._came: float | None = None
        self.course = Course()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._began

    def run(self, most_seconds: float) -> log.Story:
        """Until all jobs have ended. Raises Trouble if they have not in time."""
        here = None
        while True:
            here = look() or here
            self._read()
            counts = self._story.counts()
            if here is not None:
                self._tell(here)
                self._watch(here)
            if counts[log.DONE] + counts[log.GONE] >= self._jobs and not self._owner.busy:
                return self._story
            if self.seconds > most_seconds:
                why = here.sentence if here else "it does not answer"
                left = self._jobs - counts[log.DONE]
                raise Trouble(
                    f"{left} of {self._jobs} jobs have not come back within {most_seconds:.0f} s; "
                    f"the agent says: {why}"
                )
            time.sleep(LOOK_SECONDS)

    def _read(self) -> None:
        if time.monotonic() - self._read_at >= LOG_SECONDS:
            self._story, self._read_at = self._cluster.story(), time.monotonic()

    def _tell(self, here: Look) -> None:
        counts = self._story.counts()
        idle = self._jobs - counts[log.RUNNING] - counts[log.DONE]
        now = (idle, counts[log.RUNNING], counts[log.DONE], here.running, here.frozen)
        if now == self._told and time.monotonic() - self._told_at < QUIET_SECONDS:
            return
        self._told, self._told_at = now, time.monotonic()
        self._say(
            f"{self.seconds:4.0f} s  jobs: {idle:2} idle {now[1]:2} running {now[2]:2} done"
            f"   pilots: {here.running} running {here.frozen} frozen"
            f"   owner: {here.owner_cores:.1f} of {here.cores:g} cores"
        )
        if not here.running and not here.frozen:
            self._say(f"        {here.sentence}")

    def _watch(self, here: Look) -> None:
        owner, course = self._owner, self.course
        course.frozen_most = max(course.frozen_most, here.frozen)
        if owner.began_at is None:
            counts = self._story.counts()
            if here.running and counts[log.RUNNING] and counts[log.DONE] >= OWNER_COMES * self._jobs:
                self._say(f"        the owner needs all {owner.cores} cores for {owner.seconds:.0f} s")
                owner.begin()
        elif course.gave_way_after is None:
            # Later a pilot that has only come to its end would pass for one that gave way.
            if owner.busy and not here.running:
                course.gave_way_after = time.monotonic() - owner.began_at
        elif not owner.busy and course.came_back_after is None and here.running:
            course.came_back_after = time.monotonic() - owner.began_at - owner.seconds
