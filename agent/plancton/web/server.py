"""The sockets. Each connection has a thread and a place among a bounded number, each request a deadline.

Nothing that a client says or leaves out is waited for where connections are accepted: the handshake of TLS,
too, is made in the client's own thread.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import socket
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import BaseServer, TCPServer, UnixStreamServer
from typing import TYPE_CHECKING, Any

from plancton.web.app import Answer, App, refusal
from plancton.web.door import PAUSE_SECONDS, Door
from plancton.web.places import Place, Places

if TYPE_CHECKING:
    from plancton.web.tls import Tls

log = logging.getLogger(__name__)

# A client that says nothing for so long is sent away; an exporter has a handful of clients.
IDLE_SECONDS = 10.0
# A request must be there whole by then: one that drips in keeps its place no longer.
REQUEST_SECONDS = 30.0
MOST_CONNECTIONS = 32
# A scrape has some 300 bytes. The library alone would take in a hundred headers of 64 KiB each.
MOST_REQUEST_BYTES = 128 * 1024
CHALLENGE = {"WWW-Authenticate": 'Basic realm="plancton", charset="UTF-8"'}
LATER = {"Retry-After": f"{PAUSE_SECONDS:.0f}"}


class _Incoming(io.RawIOBase):
    """What a client sends, until `deadline` (monotonic), without a long pause, and not without end."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self.deadline = 0.0
        self._left_bytes = 0
        self._connection = connection

    def expect(self, seconds: float) -> None:
        """A new request begins, and has so long."""
        self.deadline = time.monotonic() + seconds
        self._left_bytes = MOST_REQUEST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request took too long")
        self._connection.settimeout(min(left, IDLE_SECONDS))
        if self._left_bytes <= 0:
            raise TimeoutError("the request has no end")
        try:
            received = self._connection.recv_into(buffer)
            self._left_bytes -= received
            return received
        finally:
            self._connection.settimeout(IDLE_SECONDS)  # the answer's time is its own


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "plancton"
    sys_version = ""
    timeout = IDLE_SECONDS
    server: _Bounded

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._incoming = _Incoming(self.connection)
        self.rfile = io.BufferedReader(self._incoming)

    def handle_one_request(self) -> None:
        self._incoming.expect(self.server.request_seconds)
        super().handle_one_request()
        self.server.places.renew(self.connection)

    def do_GET(self) -> None:
        door, status = self.server.door, HTTPStatus.OK
        if door is not None:
            status = door.check(self.headers.get("Authorization"), self.address_string())
        if status is HTTPStatus.OK:
            self._send(self.server.app.answer(self.path, self.headers.get("Accept", "")), {})
        else:
            self._send(refusal(status), CHALLENGE if status is HTTPStatus.UNAUTHORIZED else LATER)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _send(self, answer: Answer, headers: dict[str, str]) -> None:
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def address_string(self) -> str:
        return str(self.client_address[0]) if self.client_address else "control socket"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        log.debug("%s %s", self.address_string(), format % args)


class _Bounded(BaseServer):
    """At most so many connections at once; a further one takes the place of the one that waits longest."""

    # Above the number of places: who comes in a burst is answered or sent away, and need not knock again.
    request_queue_size = 4 * MOST_CONNECTIONS
    request_seconds = REQUEST_SECONDS
    handshake_seconds = IDLE_SECONDS
    app: App
    door: Door | None = None
    tls: Tls | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        self.places = Places(MOST_CONNECTIONS)
        super().__init__(*args, **options)

    def process_request(self, request: Any, client_address: Any) -> None:
        place = self.places.take(request, str(client_address[0]) if client_address else "")
        if place is None:
            self.shutdown_request(request)
            return
        serve = threading.Thread(
            target=self._serve_one, args=(place, client_address), name="web client", daemon=True
        )
        try:
            serve.start()
        except Exception:
            self.places.leave(place)  # no thread could be started; the caller closes the connection
            raise

    def _serve_one(self, place: Place, client_address: Any) -> None:
        try:
            if self.tls is not None:
                self._shake_hands(place, self.tls)
            self.finish_request(place.connection, client_address)
        except Exception:
            self.handle_error(place.connection, client_address)
        finally:
            self.places.leave(place)
            self.shutdown_request(place.connection)

    def _shake_hands(self, place: Place, tls: Tls) -> None:
        place.connection.settimeout(self.handshake_seconds)  # the whole of it, however the client drips
        secured = tls.wrap(place.connection)
        self.places.secure(place, secured)
        secured.do_handshake()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        log.debug("a connection ended badly", exc_info=True)


class _Tcp(_Bounded, TCPServer):
    allow_reuse_address = True

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, client = super().get_request()
        # Head and body are sent one after the other; the kernel would hold the second back for 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, client


class _Tcp6(_Tcp):
    address_family = socket.AF_INET6


class _Unix(_Bounded, UnixStreamServer):
    pass


def split_address(listen_address: str) -> tuple[str, int]:
    """HOST:PORT, [V6]:PORT or :PORT. Raises ValueError."""
    host, _, port = listen_address.rpartition(":")
    return host.strip("[]"), int(port)


def listen_tcp(app: App, listen_address: str, door: Door | None = None, tls: Tls | None = None) -> BaseServer:
    """Listen and serve in a thread. Raises OSError, OverflowError (the port is no port)."""
    host, port = split_address(listen_address)
    server = (_Tcp6 if ":" in host else _Tcp)((host, port), _Handler)
    server.door, server.tls = door, tls
    return _serve(server, app)


def listen_unix(app: App, path: Path) -> BaseServer:
    """Listen on a socket that the agent's user and group may use, and nobody else. Raises OSError."""
    path.unlink(missing_ok=True)
    before = os.umask(0o117)
    try:
        server = _Unix(str(path), _Handler)
    finally:
        os.umask(before)
    return _serve(server, app)


def close(server: Any) -> None:
    """End the serving, then the socket: a thread that served a closed one would spin for ever."""
    with contextlib.suppress(OSError):
        server.socket.shutdown(socket.SHUT_RDWR)  # it wakes the thread, which looks twice a second else
    server.shutdown()
    server.server_close()


def _serve(server: Any, app: App) -> BaseServer:
    server.app = app
    threading.Thread(target=server.serve_forever, name="web", daemon=True).start()
    served: BaseServer = server
    return served
