"""An engine that is not there, does not let us in or talks nonsense: one sentence, in time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from plancton.engine.base import EngineError, Unreachable
from plancton.engine.docker_engine import DockerEngine
from tests.nobody import as_nobody

Listen = Callable[[bytes | None], str]


def complaint(url: str) -> str:
    """What the engine at that address says to every question."""
    engine = DockerEngine(url, "nobody", deadline_seconds=1.0)
    said = set()
    for ask in (engine.facts, engine.pilots, lambda: engine.has_image("x"), lambda: engine.kill("x")):
        with pytest.raises(EngineError) as refused:
            ask()
        said.add(str(refused.value))
    assert len(said) == 1
    return said.pop()


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Listen]:
    """An engine that gives every client the same answer; None is to say nothing for ever."""
    server = socket.socket(socket.AF_UNIX)
    path = tmp_path / "docker.sock"
    clients = []

    def serve(answer: bytes | None) -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                clients.append(client)
                if answer is not None:
                    client.recv(65536)
                    client.sendall(answer)
                    client.close()

    def start(answer: bytes | None) -> str:
        server.bind(str(path))
        server.listen()
        threading.Thread(target=serve, args=(answer,), daemon=True).start()
        return f"unix://{path}"

    yield start
    for one in (server, *clients):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


def test_nobody_is_at_the_address(tmp_path: Path) -> None:
    url = f"unix://{tmp_path}/docker.sock"
    assert complaint(url) == f"the engine at {url} cannot be reached: is it running?"
    assert (
        complaint("tcp://127.0.0.1:1") == "the engine at tcp://127.0.0.1:1 cannot be reached: is it running?"
    )


@pytest.mark.parametrize(
    "url", ["tcp://localhost:abc", "tcp://[::1", "http://localhost:99999", "tcp://", "tcp://a b:1"]
)
def test_an_address_that_is_none(url: str) -> None:
    assert complaint(url).startswith(f"the engine at {url} ")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"what?\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_something_else_listens_there(listen: Listen, answer: bytes) -> None:
    url = listen(answer)
    assert complaint(url).startswith(f"the engine at {url} ")


def test_an_engine_with_strange_answers_raises_nothing_else(listen: Listen) -> None:
    """It tells its version and gives the same object to every other question."""
    body = b'{"ApiVersion": "1.41"}'
    engine = DockerEngine(
        listen(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)), "nobody", 1.0
    )
    with pytest.raises(EngineError):
        engine.pilots()
    with pytest.raises(EngineError):
        engine.reap("x")


def test_a_mute_engine_is_given_up_by_the_deadline(listen: Listen) -> None:
    engine = DockerEngine(listen(None), "nobody", deadline_seconds=1.0)
    began = time.monotonic()
    with pytest.raises(EngineError) as refused:
        engine.facts()
    assert 0.5 < time.monotonic() - began < 20.0
    assert "did not answer within 1 s" in str(refused.value)


def test_a_socket_that_one_may_not_use_names_the_group(listen: Listen, tmp_path: Path) -> None:
    url = listen(None)
    (tmp_path / "docker.sock").chmod(0)
    with suppress(Unreachable):
        DockerEngine("unix:///nowhere", "x", 1.0).facts()  # imports all that nobody may not read
    assert as_nobody(lambda: complaint(url)) == (
        f"the engine at {url} does not let this user in (permission denied): is the user in the group docker?"
    )
