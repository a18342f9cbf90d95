"""Whether there is work for a kind's pilots: asks its `plancton demand` every few seconds.

Each kind has a thread of its own, since an answer may take long or never come. The loop takes the latest.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from plancton.config.schema import Config
from plancton.demand.wire import Unread, answer_of, receive
from plancton.model import DemandReading, Missing, Wants

# After so many questions in a row without an answer the demand is not known any more.
UNANSWERED = 3
PATIENCE_SECONDS = 5.0
# An answer has two small numbers.
MOST_BYTES = 4096
# Beyond any queue; a number is kept from growing into text of thousands of digits.
LARGEST = 10**9
STRANGER = "what answers is no `plancton demand`"
NOBODY: Mapping[str, Wants] = {}


@dataclass(frozen=True)
class Service:
    """Who is asked for a kind, how often, and for pilots of which size."""

    host: str
    port: int
    every_seconds: float
    cpus: float
    memory_bytes: int

    @classmethod
    def of(cls, config: Config) -> Service | None:
        """That of a host which has only this kind; None if its demand is not asked for."""
        pilot, pool = config.pilot, config.pool
        if pilot.demand_url is None:
            return None
        place = urlsplit(pilot.demand_url)
        every = pilot.demand_every_seconds
        return cls(place.hostname or "", place.port or 0, every, pool.cpus_per_pilot, pool.memory_per_pilot)

    def ask(self, who: str, wants: Wants) -> tuple[int, int]:
        """Idle jobs, and how many pilots are granted. Raises OSError, Unread. May take PATIENCE_SECONDS."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        size = f"cpus={self.cpus:g}&memory={self.memory_bytes}"
        path = f"/demand?who={who}&{size}&coming={wants.coming}&most={wants.most}"
        with socket.create_connection((self.host, self.port), PATIENCE_SECONDS) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {self.host}\r\n\r\n".encode("ascii"))
            status, body = answer_of(receive(connection, deadline, MOST_BYTES))
        return _numbers(status, body)


class DemandSensor:
    """Called by the loop in every tick; each call returns at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # By this name the service knows this host's claims; a successor has another, and the old ones lapse.
        self._who = secrets.token_hex(8)
        self._askers: dict[str, _Asker] = {}

    def look(
        self, services: Mapping[str, Service], wants: Mapping[str, Wants]
    ) -> dict[str, DemandReading | Missing | None]:
        """By kind: the latest answer, None before the first, Missing if there was none for too long."""
        for kind, asker in list(self._askers.items()):
            if services.get(kind) != asker.service:
                self._askers.pop(kind).ended.set()
        for kind, service in services.items():
            if kind not in self._askers:
                self._askers[kind] = _Asker(service, self._who, self._clock)
            self._askers[kind].tell(wants.get(kind, Wants()))
        return {kind: asker.reading() for kind, asker in self._askers.items()}

    def close(self) -> None:
        """Ask no more."""
        self.look({}, NOBODY)


class _Asker:
    """One kind's questions. What both threads see is replaced as a whole."""

    def __init__(self, service: Service, who: str, clock: Callable[[], float]) -> None:
        self.service, self._who, self._clock = service, who, clock
        self.ended = threading.Event()
        self._wants = Wants()
        self._latest: tuple[float, DemandReading | None] = (clock(), None)
        self._why = "it has not answered yet"
        self._thread: threading.Thread | None = None

    def tell(self, wants: Wants) -> None:
        """What is asked for from now on."""
        self._wants = wants
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="demand", daemon=True)
            self._thread.start()

    def reading(self) -> DemandReading | Missing | None:
        at, latest = self._latest
        silent = self._clock() - at
        if silent <= UNANSWERED * self.service.every_seconds:
            return latest
        return Missing(f"{self.service.host}:{self.service.port}: {self._why}")

    def _work(self) -> None:
        while True:
            self._ask()
            if self.ended.wait(self.service.every_seconds):
                return

    def _ask(self) -> None:
        wants = self._wants
        try:
            idle, granted = self.service.ask(self._who, wants)
        except Exception as error:
            # Whatever it is: who does not ask again would never know again.
            self._why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        else:
            self._latest = (self._clock(), DemandReading(idle, min(granted, wants.most), wants.at))


def _numbers(status: int, body: bytes) -> tuple[int, int]:
    """What the service answers. Raises Unread."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Unread(STRANGER)
    if status != 200:  # noqa: PLR2004
        raise Unread(str(document.get("error", f"it answers with {status}"))[:200])
    return _number(document.get("idle")), _number(document.get("granted"))


def _number(found: Any) -> int:
    if type(found) is not int or not 0 <= found <= LARGEST:
        raise Unread(STRANGER)
    return found
