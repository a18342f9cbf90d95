"""The sockets: what is no request does no harm, and idle clients hold up nobody."""

from __future__ import annotations

import http.client
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from socketserver import TCPServer

import pytest

from plancton.web.server import (
    IDLE_SECONDS,
    MOST_CONNECTIONS,
    MOST_REQUEST_BYTES,
    listen_tcp,
    listen_unix,
    split_address,
)
from tests.unit.dripping import drip
from tests.unit.reports import report_of
from tests.unit.test_web import app_of

PATIENCE = 20.0


@pytest.fixture(scope="module")
def server() -> Iterator[TCPServer]:
    listening = listen_tcp(app_of(report_of()), "127.0.0.1:0")
    assert isinstance(listening, TCPServer)
    yield listening
    listening.shutdown()
    listening.server_close()


@pytest.fixture
def port(server: TCPServer) -> int:
    return int(server.socket.getsockname()[1])


def ask(port: int, method: str = "GET", path: str = "/-/healthy") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request(method, path)
    return connection.getresponse()


def say(port: int, request: bytes) -> bytes:
    """Send it, and everything that comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as sock:
        sock.sendall(request)
        with suppress(OSError):  # where it has hung up already
            sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def test_get_and_head_are_answered(port: int) -> None:
    got, head = ask(port), ask(port, "HEAD")
    assert (got.status, got.read()) == (200, b"healthy\n")
    assert (head.status, head.read(), head.headers["Content-Length"]) == (200, b"", "8")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW"])
def test_nothing_can_be_changed_here(port: int, method: str) -> None:
    assert ask(port, method).status in {405, 501}


def test_a_connection_serves_several_requests(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    for _ in range(3):
        connection.request("GET", "/metrics")
        assert connection.getresponse().read().startswith(b"# HELP")


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"",
    ],
)
def test_garbage_is_refused_and_the_next_client_is_served(port: int, request_: bytes) -> None:
    answer = say(port, request_)
    assert b"Traceback" not in answer
    assert ask(port).status == 200


def test_a_header_cannot_be_injected_through_the_path(port: int) -> None:
    answer = say(port, b"GET /x%0d%0aSet-Cookie:a HTTP/1.0\r\n\r\n")
    assert b"\nSet-Cookie" not in answer
    assert b" 404 " in answer


def test_many_idle_clients_do_not_hold_up_a_scrape(port: int) -> None:
    with ExitStack() as idle:
        for _ in range(200):
            idle.enter_context(socket.create_connection(("127.0.0.1", port)))
        began = time.monotonic()
        assert ask(port, path="/metrics").status == 200
        assert time.monotonic() - began < IDLE_SECONDS / 2


def test_a_request_that_drips_in_is_given_up(
    server: TCPServer, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "request_seconds", 0.5)
    assert 0.4 < drip(port, b"GET / HTTP/1.1\r\nA: ", IDLE_SECONDS / 2) < IDLE_SECONDS / 2


def test_every_request_on_a_connection_has_the_whole_time(
    server: TCPServer, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "request_seconds", 1.0)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    for _ in range(4):
        connection.request("GET", "/-/healthy")
        assert connection.getresponse().read() == b"healthy\n"
        assert connection.sock is not None
        time.sleep(0.4)


def test_a_client_for_whom_there_is_no_thread_is_sent_away_and_leaves_its_place(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as poor:
        poor.setattr(threading.Thread, "start", refuse)
        for _ in range(MOST_CONNECTIONS + 1):
            assert say(port, b"") == b""
    assert ask(port).status == 200


def test_a_burst_of_clients_has_room_to_wait_in(server: TCPServer) -> None:
    """Else the kernel drops some, and they try again a second later."""
    assert server.request_queue_size >= MOST_CONNECTIONS


def test_a_request_without_end_is_given_up(port: int) -> None:
    """Neither a line too long nor a header too many: the library itself would take it in."""
    header = b"A: " + b"b" * 2000 + b"\r\n"
    with suppress(ConnectionError):  # it hangs up while we speak
        assert say(port, b"GET / HTTP/1.1\r\n" + header * (MOST_REQUEST_BYTES // 1500) + b"\r\n") == b""
    assert ask(port).status == 200


def test_too_many_clients_keep_nobody_out(port: int, tmp_path: Path) -> None:
    server = listen_unix(app_of(report_of()), tmp_path / "control.sock")
    with ExitStack() as idle:
        for _ in range(MOST_CONNECTIONS + 8):
            idle.enter_context(socket.create_connection(("127.0.0.1", port)))
        assert over_unix(tmp_path / "control.sock").startswith(b"HTTP/1.1 200 ")
    deadline = time.monotonic() + PATIENCE
    while say(port, b"GET / HTTP/1.0\r\n\r\n") == b"":
        assert time.monotonic() < deadline
    server.shutdown()
    server.server_close()


def over_unix(path: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(PATIENCE)
        sock.connect(str(path))
        sock.sendall(b"GET /-/healthy HTTP/1.1\r\n\r\n")
        return sock.recv(65536)


def test_the_control_socket_is_for_user_and_group_and_replaces_a_stale_one(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    for _ in range(2):  # the second finds what the first, killed, has left
        server = listen_unix(app_of(report_of()), path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        assert over_unix(path).startswith(b"HTTP/1.1 200 ")
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        (":80", ("", 80)),
        ("[::1]:80", ("::1", 80)),
        ("a.b:1", ("a.b", 1)),
    ],
)
def test_addresses_are_split(address: str, parts: tuple[str, int]) -> None:
    assert split_address(address) == parts


def test_a_port_in_use_is_an_os_error(port: int) -> None:
    with pytest.raises(OSError, match="in use"):
        listen_tcp(app_of(None), f"127.0.0.1:{port}")
