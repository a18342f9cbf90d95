"""How many pilots each kind may have now, whatever the room, and what keeps it from more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from plancton.core.backoff import LONGEST_PROOF_SECONDS, proof_seconds
from plancton.core.memory import Backoff, Memory
from plancton.core.observe import Pilots, Seen
from plancton.core.pace import waiting_seconds
from plancton.core.policy import Kind, Policy
from plancton.model import Missing, Pilot, Reap


@dataclass(frozen=True)
class Quota:
    """A kind at a moment.

    `there` are its pilots that are not on their way out, with `cores` in all. It may have `most` of them,
    None for as many as fit; `because` tells why. `lacks` is what it cannot be started without and has not,
    empty if it has all. `barred`: none is started, however many there are. `unknown` have ended, and nobody
    knows yet how: nothing takes their place before. `failures` and `no_work` are how often in a row;
    `paced`: its pilots are so short that they start apart from each other; `demand`: its pool says how many
    may be started.
    """

    kind: Kind
    there: int
    cores: float
    most: int | None = None
    barred: bool = False
    because: str = ""
    image: Missing | None = None
    software: Missing | None = None
    network: Missing | None = None
    lacks: str = ""
    failures: int = 0
    retry_seconds: float = 0.0
    unknown: int = 0
    no_work: int = 0
    paced: bool = False
    demand: bool = False

    @property
    def open(self) -> int | None:
        """How many may be started, None for as many as fit."""
        return None if self.most is None else max(self.most - self.there - self.unknown, 0)

    @property
    def claimed_cores(self) -> float:
        """For whose turn it is: a place of which nobody knows whether the kind may have it again counts."""
        return self.cores + self.unknown * self.kind.cpus


def quotas(policy: Policy, memory: Memory, seen: Seen, pilots: Pilots) -> tuple[Quota, ...]:
    """Every kind that is started on this host, in the order of the configuration."""
    unknown = [pilot.kind for pilot in _endings_unknown(memory, seen, pilots)]
    found = []
    for kind in policy.kinds:
        quota = _quota(kind, memory, seen, pilots, unknown.count(kind.name))
        waiting = waiting_seconds(policy, kind, memory, seen.monotonic)
        found.append(quota if waiting is None else _paced(quota, waiting))
    return tuple(found)


def _quota(kind: Kind, memory: Memory, seen: Seen, pilots: Pilots, unknown: int) -> Quota:
    standing = [p for p in pilots.standing if p.kind == kind.name]
    there = len(standing) + sum(start.kind == kind.name for start in pilots.starting)
    image, no_backoff = seen.images.get(kind.name), Backoff()
    backoff, no_work = (waits.get(kind.name, no_backoff) for waits in (memory.backoffs, memory.no_work))
    software, network = seen.software.get(kind.name), seen.networks.get(kind.name)
    lacking = tuple(_lacking(image, software, network))
    bars = [*((None, lack) for lack in lacking), *_bars(kind, memory, seen, pilots, unknown)]
    waits = [max(w.retry_at - seen.monotonic, 0.0) for w in (backoff, no_work) if w.failures]
    return Quota(
        kind,
        there,
        there * kind.cpus,
        most=min((len(standing) if most is None else most for most, _ in bars), default=None),
        barred=any(most is None for most, _ in bars),
        because="; ".join(because for _, because in bars),
        image=image,
        software=software,
        network=network,
        lacks="; ".join(lacking),
        failures=backoff.failures,
        retry_seconds=max(waits, default=0.0),
        unknown=unknown,
        no_work=no_work.failures,
    )


def _paced(quota: Quota, waiting: float) -> Quota:
    """One more at a time, and that only when its time has come. A start under way is not taken back."""
    most = quota.there + quota.unknown + (0 if waiting > 0 else 1)
    told = "its pilots end well, but too soon for one to follow the other at once"
    told = f"{told}; next start in {waiting:.0f} s" if waiting > 0 else told
    return replace(
        quota,
        most=most if quota.most is None else min(quota.most, most),
        because="; ".join(filter(None, (quota.because, told))),
        retry_seconds=max(quota.retry_seconds, waiting),
        paced=True,
    )


def _bars(
    kind: Kind, memory: Memory, seen: Seen, pilots: Pilots, unknown: int
) -> Iterator[tuple[int | None, str]]:
    """What keeps a kind at so many pilots; None at those that are there, without the starts under way."""
    for waits in (memory.backoffs, memory.no_work):
        if kind.name in waits:
            yield _one_probe(kind, waits[kind.name], seen, pilots, unknown)
    if kind.max_pilots is not None:
        yield kind.max_pilots, f"max_pilots is {kind.max_pilots}"


def _one_probe(kind: Kind, wait: Backoff, seen: Seen, pilots: Pilots, unknown: int) -> tuple[int | None, str]:
    """None until the wait is over, then one beside those that have proven themselves."""
    told, waiting = f"{wait.why} ({wait.failures} in a row)", wait.retry_at - seen.monotonic
    if waiting > 0:
        return None, f"{told}; next try in {waiting:.0f} s"
    if unknown:
        return None, f"{told}; looking how the last one ended"
    alive = [p for p in pilots.alive if p.kind == kind.name]
    proven = sum(seen.wall - p.created_at >= proof_seconds(kind, wait) for p in alive)
    return proven + 1, f"{told}; one probe"


def _lacking(image: Missing | None, software: Missing | None, network: Missing | None) -> Iterator[str]:
    if image is not None:
        yield f"no image: {image.why}"
    if software is not None:
        yield f"no software: {software.why}"
    if network is not None:
        yield f"no network: {network.why}"


def _endings_unknown(memory: Memory, seen: Seen, pilots: Pilots) -> list[Pilot]:
    """Pilots that have ended by themselves, and nobody knows yet how: any may be the next failure.

    Not those that have certainly worked: whatever they say, it is not that it was in vain to start them.
    """
    reaped = [action.pilot for action in memory.in_flight.values() if isinstance(action, Reap)]
    waiting = [p for p in pilots.ended if p.id not in memory.not_before]
    young = [p for p in (*reaped, *waiting) if seen.wall - p.created_at < LONGEST_PROOF_SECONDS]
    return [p for p in young if p.id not in memory.killed and p.id not in memory.stopping]
