"""Who competes, and one of them on one day."""

from __future__ import annotations

from typing import Protocol

from plancton.simulate.demand import Demand
from plancton.simulate.host import Host
from plancton.simulate.score import Score


class Contestant(Protocol):
    """A policy in the simulator. It begins with an empty host at the first second of the demand."""

    name: str

    def look(self, host: Host) -> float:
        """Look at the host and give orders. Seconds until the next look."""


def play(contestant: Contestant, host: Host, demand: Demand) -> Score:
    """The whole demand, from an empty host."""
    while host.now < demand.seconds:
        wait = contestant.look(host)
        host.advance(min(host.now + wait, demand.seconds))
    return host.score
