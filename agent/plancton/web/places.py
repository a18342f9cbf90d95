"""A bounded number of connections. Who comes when all places are taken gets the place of one that waits."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

# A connection that is sent away needs a moment until its thread has ended.
ENDING_SECONDS = 1.0


@dataclass(eq=False)
class Place:
    """One connection, of a client's address, that has asked for nothing since (monotonic)."""

    connection: socket.socket
    client: str
    since: float = field(default_factory=time.monotonic)


class Places:
    """At most `most` connections are open, and twice as many threads alive."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: list[Place] = []
        self._threads = 0
        self._changed = threading.Condition()

    def take(self, connection: socket.socket, client: str) -> Place | None:
        """A place; None where even those that were sent away do not go."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._threads < 2 * self._most, ENDING_SECONDS):
                return None
            if len(self._open) >= self._most:
                self._send_one_away()
            place = Place(connection, client)
            self._open.append(place)
            self._threads += 1
            return place

    def renew(self, connection: socket.socket) -> None:
        """A request of this connection has been answered."""
        with self._changed:
            for place in self._open:
                if place.connection is connection:
                    place.since = time.monotonic()

    def secure(self, place: Place, secured: socket.socket) -> None:
        """TLS has put another socket in its place. One that was sent away meanwhile is hung up on again."""
        with self._changed:
            place.connection = secured
            if place not in self._open:
                _hang_up(secured)

    def leave(self, place: Place) -> None:
        """Its thread ends. Before the connection is closed: its number may then be another's."""
        with self._changed:
            if place in self._open:
                self._open.remove(place)
            self._threads -= 1
            self._changed.notify()

    def _send_one_away(self) -> None:
        """Of the address with the most connections the one that has waited longest."""
        many = Counter(place.client for place in self._open)
        victim = min(self._open, key=lambda place: (-many[place.client], place.since))
        self._open.remove(victim)
        _hang_up(victim.connection)


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # The socket's own: that of TLS would change what its thread is just using.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
