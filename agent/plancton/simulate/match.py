"""Every policy on every day, one process a core, and the sums."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from plancton.core.policy import Policy
from plancton.simulate.agent import Agent
from plancton.simulate.baselines import NeverRelease, Original
from plancton.simulate.boinc import Boinc
from plancton.simulate.condor import Desktop
from plancton.simulate.contest import Contestant, play
from plancton.simulate.crew import PilotSize, an_hour_or_so
from plancton.simulate.demand import Demand, Machine
from plancton.simulate.host import Host
from plancton.simulate.kernel import Weights
from plancton.simulate.oracle import NAME as ORACLE
from plancton.simulate.oracle import possible_core_seconds
from plancton.simulate.owners import demand_of
from plancton.simulate.replay import replay
from plancton.simulate.score import Score

BASELINES: tuple[Callable[[], Contestant], ...] = (Original, Desktop, Boinc, NeverRelease)

Scores = dict[str, Score]


@dataclass(frozen=True)
class Match:
    """What is compared: policies by their names, on this machine.

    Baselines have pilots of the first policy's size, and the oracle keeps its reserve. `weights` are
    those of the baselines' pilots.
    """

    policies: tuple[tuple[str, Policy], ...]
    machine: Machine
    weights: Weights = Weights.LOWEST


@dataclass(frozen=True)
class Day:
    """One owner for one day, or one recording however long it is."""

    owner: str
    seed: int = 0
    recording: Path | None = None

    def demand(self, machine: Machine) -> Demand:
        """What the owner asks for. Raises BadRecording."""
        if self.recording is not None:
            return replay(self.recording)
        return demand_of(self.owner, machine, self.seed)


def play_day(match: Match, day: Day) -> Scores:
    """All contestants on one day, each on a host of its own."""
    demand = day.demand(match.machine)
    first = match.policies[0][1]
    possible = possible_core_seconds(demand, first)
    seed = f"{day.owner} {day.seed}"
    scores = {}
    for name, policy in match.policies:
        host = Host(demand, _size(policy), jobs=an_hour_or_so(seed))
        scores[name] = play(Agent(name, policy), host, demand)
    for make in BASELINES:
        contestant = make()
        host = Host(demand, _size(first), match.weights, an_hour_or_so(seed))
        scores[contestant.name] = play(contestant, host, demand)
    scores[ORACLE] = Score(demand.seconds, demand.core_seconds, harvested=possible)
    return {name: replace(score, possible=possible) for name, score in scores.items()}


def _size(policy: Policy) -> PilotSize:
    return PilotSize(policy.default.cpus, policy.default.memory_bytes)


def play_all(
    match: Match, days: Sequence[Day], jobs: int, progress: Callable[[int], object] = lambda _: None
) -> dict[str, Scores]:
    """The sums by owner, the same whatever `jobs` is. `progress` hears how many days are done."""
    sums: dict[str, Scores] = {}
    with _workers(min(jobs, len(days))) as run:
        played = run(functools.partial(play_day, match), days)
        for count, (day, scores) in enumerate(zip(days, played, strict=True), start=1):
            progress(count)
            of_owner = sums.setdefault(day.owner, {})
            for name, score in scores.items():
                of_owner.setdefault(name, Score()).add(score)
    return sums


Run = Callable[[Callable[[Day], Scores], Sequence[Day]], Iterator[Scores]]


@contextmanager
def _workers(jobs: int) -> Iterator[Run]:
    if jobs <= 1:
        yield map
        return
    # An interrupt reaches the whole group: one of them has to tell it, and it is not a worker.
    quietly = functools.partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(jobs, initializer=quietly) as pool:
        yield lambda function, days: pool.map(function, days, chunksize=1)


def cores_here() -> int:
    """How many processes this machine can run at once."""
    return len(os.sched_getaffinity(0))


def together(sums: dict[str, Scores]) -> Scores:
    """All owners in one."""
    found: Scores = {}
    for scores in sums.values():
        for name, score in scores.items():
            found.setdefault(name, Score()).add(score)
    return found
