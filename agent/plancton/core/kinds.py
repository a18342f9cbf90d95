"""How many pilots each kind may have now, whatever the room, and what keeps it from more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plancton.core.memory import Backoff, Memory
from plancton.core.observe import Pilots, Seen
from plancton.core.policy import Kind, Policy
from plancton.model import Missing, Reap


@dataclass(frozen=True)
class Quota:
    """A kind at a moment.

    `there` are its pilots that are not on their way out, with `cores` in all. It may have `most` of them,
    None for as many as fit; `because` tells why. `barred`: none is started, however many there are.
    """

    kind: Kind
    there: int
    cores: float
    most: int | None = None
    barred: bool = False
    because: str = ""
    image: Missing | None = None
    network: Missing | None = None
    failures: int = 0
    retry_seconds: float = 0.0

    @property
    def open(self) -> int | None:
        """How many may be started, None for as many as fit."""
        return None if self.most is None else max(self.most - self.there, 0)


def quotas(policy: Policy, memory: Memory, seen: Seen, pilots: Pilots) -> tuple[Quota, ...]:
    """Every kind that is started on this host, in the order of the configuration."""
    return tuple(_quota(kind, memory, seen, pilots) for kind in policy.kinds)


def _quota(kind: Kind, memory: Memory, seen: Seen, pilots: Pilots) -> Quota:
    standing = [p for p in pilots.standing if p.kind == kind.name]
    there = len(standing) + sum(start.kind == kind.name for start in pilots.starting)
    image, backoff = seen.images.get(kind.name), memory.backoffs.get(kind.name, Backoff())
    bars = list(_bars(kind, memory, seen, pilots))
    return Quota(
        kind,
        there,
        there * kind.cpus,
        most=min((len(standing) if most is None else most for most, _ in bars), default=None),
        barred=any(most is None for most, _ in bars),
        because="; ".join(because for _, because in bars),
        image=image,
        network=seen.networks.get(kind.name),
        failures=backoff.failures,
        retry_seconds=max(backoff.retry_at - seen.monotonic, 0.0) if backoff.failures else 0.0,
    )


def _bars(kind: Kind, memory: Memory, seen: Seen, pilots: Pilots) -> Iterator[tuple[int | None, str]]:
    """What keeps a kind at so many pilots; None at those that are there, without the starts under way."""
    image, backoff = seen.images.get(kind.name), memory.backoffs.get(kind.name)
    if image is not None:
        yield None, f"no image: {image.why}"
    if kind.name in seen.networks:
        yield None, f"no network: {seen.networks[kind.name].why}"
    if backoff is not None:
        told, waiting = f"{backoff.why} ({backoff.failures} in a row)", backoff.retry_at - seen.monotonic
        if waiting > 0:
            yield None, f"{told}; next try in {waiting:.0f} s"
        elif _endings_unknown(kind, memory, pilots):
            yield None, f"{told}; looking how the last one ended"
        else:
            alive = [p for p in pilots.alive if p.kind == kind.name]
            proven = sum(seen.wall - p.created_at >= kind.fizzle_seconds for p in alive)
            yield proven + 1, f"{told}; one probe"
    if kind.max_pilots is not None:
        yield kind.max_pilots, f"max_pilots is {kind.max_pilots}"


def _endings_unknown(kind: Kind, memory: Memory, pilots: Pilots) -> bool:
    """Whether a pilot has ended and it is not known yet how: it may be the next failure."""
    reaped = [action.pilot for action in memory.in_flight.values() if isinstance(action, Reap)]
    waiting = [p for p in pilots.ended if p.id not in memory.not_before]
    return any(p.kind == kind.name for p in (*reaped, *waiting))
