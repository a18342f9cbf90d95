"""The service: looks at the pool every few seconds, and answers hosts with two numbers."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any
from urllib.parse import parse_qs

from plancton.demand.ledger import Ask, Ledger, Look
from plancton.demand.pool import NoPool
from plancton.demand.wire import Unread, receive

log = logging.getLogger(__name__)

Networks = tuple[IPv4Network | IPv6Network, ...]
# A question is one short line; who has not sent it by then is sent away.
QUESTION_SECONDS = 5.0
QUESTION_BYTES = 4096
MOST_CONNECTIONS = 64
# What was seen so many looks ago is not known any more; a look at a busy pool may take its time.
STALE_LOOKS = 3
LEAST_STALE_SECONDS = 30.0
# No host starts more at once, and no pilot is larger.
LARGEST = {"cpus": 4096, "memory": 2**50, "coming": 10_000, "most": 10_000}
MIB = 1024**2
# What the pilot's image keeps back for HTCondor itself (docs/htcondor.md).
OVERHEAD_MEBIBYTES = 96


class BadQuestion(Exception):
    """The question does not make sense. The message is one sentence."""


def ask_of(query: str) -> Ask:
    """The question of a host: its name, the size of a pilot, and two numbers. Raises BadQuestion.

    A pilot of half a core is a slot with one.
    """
    given = parse_qs(query)
    who = given.get("who", [""])[0]
    if not re.fullmatch("[0-9a-f]{16,32}", who):
        raise BadQuestion("who must be 16 to 32 hexadecimal digits")
    numbers = {}
    for name, largest in LARGEST.items():
        text = given.get(name, [""])[0]
        if not re.fullmatch(r"[0-9]{1,16}(\.[0-9]{1,6})?", text, re.ASCII) or float(text) > largest:
            raise BadQuestion(f"{name} must be a number of at most {largest}")
        numbers[name] = int(float(text))
    size = (max(numbers["cpus"], 1), max(numbers["memory"] // MIB - OVERHEAD_MEBIBYTES, 0))
    return Ask(who, size, numbers["coming"], numbers["most"])


class Desk:
    """The latest look at the pool, and the ledger. One lock: an answer takes well below a millisecond."""

    def __init__(
        self, look: Callable[[], Look], every_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._look, self._every, self._clock = look, every_seconds, clock
        self._lock = threading.Lock()
        self._ledger = Ledger()
        self._latest: tuple[float, Look] | None = None
        self._fault = ""

    def refresh(self) -> None:
        """Look at the pool once. A fault that stays is told once."""
        try:
            found = self._look()
        except NoPool as error:
            if self._fault != str(error):
                log.warning("%s", error)
            self._fault = str(error)
            return
        if self._fault or self._latest is None:
            log.info("the pool answers")
        with self._lock:
            self._latest, self._fault = (self._clock(), found), ""

    def work(self, ended: threading.Event) -> None:
        """Look again and again until told to end."""
        while not ended.is_set():
            self.refresh()
            ended.wait(self._every)

    def answer(self, target: str) -> tuple[int, dict[str, Any]]:
        """Status and document for what follows GET. Numbers, or one sentence, and nothing else."""
        path, _, query = target.partition("?")
        if path != "/demand":
            return 404, {"error": "only /demand is here"}
        try:
            ask = ask_of(query)
        except BadQuestion as error:
            return 400, {"error": str(error)}
        with self._lock:
            now, latest = self._clock(), self._latest
            if latest is None or now - latest[0] > max(STALE_LOOKS * self._every, LEAST_STALE_SECONDS):
                return 503, {"error": "the pool cannot be asked"}
            idle, granted = self._ledger.ask(ask, latest[1], now)
        return 200, {"idle": idle, "granted": granted}


class _Handler(BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        """Hear one question, answer it, and close."""
        connection: socket.socket = self.request
        try:
            head = receive(connection, time.monotonic() + QUESTION_SECONDS, QUESTION_BYTES, head_only=True)
        except (Unread, OSError):
            return
        words = head.split(b"\r\n")[0].decode("latin-1").split(" ")
        if len(words) != 3 or words[0] != "GET":  # noqa: PLR2004 - method, target, version
            status, document = 400, {"error": "only GET is understood"}
        else:
            status, document = self.server.desk.answer(words[1])
        body = (json.dumps(document) + "\n").encode()
        lines = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        connection.settimeout(QUESTION_SECONDS)
        with contextlib.suppress(OSError):
            connection.sendall(f"{lines}Connection: close\r\n\r\n".encode() + body)


class Server(ThreadingTCPServer):
    """Answers hosts, so many at once; a further one is closed unheard and comes again."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 4 * MOST_CONNECTIONS

    def __init__(self, address: tuple[str, int], desk: Desk, allowed: Networks = ()) -> None:
        self.desk, self._allowed = desk, allowed
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - the library's
        """Whether the client may ask."""
        client = ip_address(client_address[0].partition("%")[0])
        client = getattr(client, "ipv4_mapped", None) or client
        return not self._allowed or any(client in network for network in self._allowed)

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own, while there is a place."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except Exception:
            self._places.release()  # no thread could be started
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Give the place back at the end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the library's
        """What strangers do is no news."""
        log.debug("a connection ended badly", exc_info=True)
