"""Of how much of a time there is data. A host that was off has none, nor has one that nobody could reach."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from plancton.facility.counters import JOB, Source
from plancton.facility.periods import Period

HERE = f"plancton_build_info{{{JOB}}}"
# The time is looked at in steps: small enough for a page of numbers, and no smaller than a sensible scrape.
STEPS = 500
LEAST_SECONDS, MOST_SECONDS = 1.0, 60.0

Host = tuple[str, str]  # its name and its site


@dataclass
class Coverage:
    """Seconds with data: of each host, and of any host at all, out of `seconds`."""

    seconds: float = 0.0
    any_host_seconds: float = 0.0
    by_host: dict[Host, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, other: Coverage) -> None:
        """Make this the coverage of both times."""
        self.seconds += other.seconds
        self.any_host_seconds += other.any_host_seconds
        for host, seconds in other.by_host.items():
            self.by_host[host] += seconds


def covered(source: Source, window: Period) -> Coverage:
    """How much of a window has data, looked at up to 60 s apart."""
    step = min(max(window.seconds / STEPS, LEAST_SECONDS), MOST_SECONDS)
    steps = f"[{round(window.seconds * 1000)}ms:{round(step * 1000)}ms]"
    hosts = source.instant(f"count_over_time({HERE}{steps})", window.end)
    anybody = source.instant(f"count_over_time(count({HERE}){steps})", window.end)
    found = Coverage(window.seconds, sum(_seconds(sample.value, step, window) for sample in anybody))
    for sample in hosts:
        host = (sample.labels.get("instance", ""), sample.labels.get("site", ""))
        # An agent that was upgraded has a series for each version.
        found.by_host[host] = min(found.by_host[host] + _seconds(sample.value, step, window), window.seconds)
    return found


def _seconds(steps: float, step: float, window: Period) -> float:
    # Both ends of a window may be on a step.
    return min(steps * step, window.seconds)
