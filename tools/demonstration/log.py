"""HTCondor's log of a cluster of jobs: what has become of each of them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

EVENT = re.compile(r"(\d{3}) \((\d+)\.(\d+)\.\d+\) ")
SUBMITTED, STARTED, EVICTED, ENDED, ABORTED, HELD, RELEASED = "000", "001", "004", "005", "009", "012", "013"
LOST = "024"  # the pilot was not found again
WELL = "Normal termination (return value 0)"
IDLE, RUNNING, DONE, GONE = "idle", "running", "done", "gone"
BECOMES = {
    SUBMITTED: IDLE,
    STARTED: RUNNING,
    EVICTED: IDLE,
    LOST: IDLE,
    ENDED: DONE,
    ABORTED: GONE,
    HELD: "held",
    RELEASED: IDLE,
}


@dataclass
class Job:
    """One job. `starts` and `ends` count its events; `ended_well`: each end was one without error."""

    state: str = IDLE
    starts: int = 0
    ends: int = 0
    interruptions: int = 0
    ended_well: bool = True


@dataclass
class Story:
    """All jobs of a cluster, by their number within it."""

    jobs: dict[int, Job] = field(default_factory=dict)

    def counts(self) -> Counter[str]:
        """How many jobs are in each state."""
        return Counter(job.state for job in self.jobs.values())

    @property
    def interrupted(self) -> int:
        """Jobs that had to be begun again."""
        return sum(job.interruptions > 0 for job in self.jobs.values())


def read(text: str) -> Story:
    """The story so far. The log may end within an event, and may be empty."""
    story = Story()
    for event in re.split(r"^\.\.\.$\n?", text, flags=re.MULTILINE):
        found = EVENT.match(event)
        if found:
            _take(story.jobs.setdefault(int(found[3]), Job()), found[1], event)
    return story


def _take(job: Job, code: str, event: str) -> None:
    job.state = BECOMES.get(code, job.state)
    job.starts += code == STARTED
    job.interruptions += code in {EVICTED, LOST}
    if code == ENDED:
        job.ends += 1
        job.ended_well = job.ended_well and WELL in event
