"""A service of demand on a port of its own, and a pool that the test makes up."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network

from plancton.demand.ledger import Look
from plancton.demand.pool import NoPool
from plancton.demand.service import Desk, Server
from tests.unit.office import Clock


@dataclass
class Queue:
    """What the service sees; `away`: it cannot be asked."""

    jobs: int = 0
    away: bool = False
    clock: Clock = field(default_factory=Clock)

    def look(self) -> Look:
        if self.away:
            raise NoPool("condor_q has not answered within 30 s")
        return Look({(1, 32): self.jobs})


@contextlib.contextmanager
def serving(queue: Queue, *allowed: str) -> Iterator[tuple[Desk, int]]:
    """The desk, and the port that it is asked at. It has looked once."""
    desk = Desk(queue.look, 5.0, queue.clock)
    desk.refresh()
    server = Server(("127.0.0.1", 0), desk, tuple(map(ip_network, allowed)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield desk, server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
