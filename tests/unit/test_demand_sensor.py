"""The agent's questions for demand: a real service, and servers that are slow, silent, huge or strangers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from plancton.config.load import parse
from plancton.model import DemandReading, Missing, Wants
from plancton.sensors import demand
from plancton.sensors.demand import UNANSWERED, DemandSensor, Service
from tests.unit.demand_service import Queue, serving
from tests.unit.makers import NOW
from tests.unit.office import Clock, until

EVERY = 0.05
MIB = 1024**2


def service(port: int) -> Service:
    return Service("127.0.0.1", port, EVERY, 1.0, 512 * MIB)


class Asking:
    """A sensor with a clock of the test's own, which asks for one kind."""

    def __init__(self, port: int) -> None:
        self.clock, self.services = Clock(), {"default": service(port)}
        self.sensor = DemandSensor(self.clock)

    def read(self, most: int = 2) -> DemandReading | Missing | None:
        return self.sensor.look(self.services, {"default": Wants(0, most, NOW)})["default"]

    def unknown(self, told: str) -> None:
        """Until it is told so why nothing is known."""
        self.read()  # the clock that is set forward is that of a question under way
        self.clock.now += 10.0
        until(lambda: isinstance(found := self.read(), Missing) and told in found.why)


@contextlib.contextmanager
def asking(port: int) -> Iterator[Asking]:
    found = Asking(port)
    try:
        yield found
    finally:
        found.sensor.close()


@contextlib.contextmanager
def server_that(does: Callable[[socket.socket], None]) -> Iterator[int]:
    """Its port. Each connection is handled in a thread, and closed."""

    def work() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=handle, args=(listener.accept()[0],), daemon=True).start()

    def handle(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            does(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_the_service_is_that_of_the_kind() -> None:
    config = parse("pilot: {demand_url: 'http://[::1]:10017/', demand_every_seconds: 3}", "f")
    assert Service.of(config) == Service("::1", 10017, 3.0, 1.0, 512 * MIB)
    assert Service.of(parse("{}", "f")) is None


def test_idle_jobs_and_a_grant_come_from_a_real_service() -> None:
    with serving(Queue(jobs=7)) as (_, port), asking(port) as host:
        assert host.read() is None
        until(lambda: host.read() == DemandReading(7, 2, NOW))


def test_two_hosts_share_the_jobs() -> None:
    with serving(Queue(jobs=3)) as (_, port), asking(port) as one, asking(port) as other:
        until(lambda: one.read() == DemandReading(3, 2, NOW))
        until(lambda: other.read() == DemandReading(3, 1, NOW))


def test_a_service_that_ends_is_not_known_after_three_questions_and_known_when_it_is_back() -> None:
    queue = Queue(jobs=1)
    with serving(queue) as (desk, port), asking(port) as host:
        until(lambda: isinstance(host.read(), DemandReading))
        queue.clock.now += 100.0
        host.unknown(f"127.0.0.1:{port}: the pool cannot be asked")
        desk.refresh()
        until(lambda: isinstance(host.read(), DemandReading))
    assert UNANSWERED * EVERY < 10.0


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with asking(taken.getsockname()[1]) as host:
            host.unknown("Connection refused")


def send(message: bytes) -> Callable[[socket.socket], None]:
    def does(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(message)

    return does


HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (b"", "does not speak HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP"),
        (HEAD, "is no `plancton demand`"),
        (HEAD + b"<html>", "is no `plancton demand`"),
        (HEAD + b"[" * 3000, "is no `plancton demand`"),
        (HEAD + b"[1, 2]", "is no `plancton demand`"),
        (HEAD + b'{"idle": 1}', "is no `plancton demand`"),
        (HEAD + b'{"idle": true, "granted": 1}', "is no `plancton demand`"),
        (HEAD + b'{"idle": -1, "granted": 1}', "is no `plancton demand`"),
        (HEAD + b'{"idle": 1e99, "granted": 1}', "is no `plancton demand`"),
        (HEAD + b'{"idle": ' + b"9" * 1000 + b', "granted": 1}', "is no `plancton demand`"),
        (HEAD + b"x" * 5000, "it sends more than 4096 bytes"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n{}", "it answers with 404"),
        (b'HTTP/1.1 503 -\r\n\r\n{"error": "' + b"x" * 900 + b'"}', "x" * 200),
    ],
)
def test_what_is_no_answer_is_told_and_is_not_known(message: bytes, told: str) -> None:
    with server_that(send(message)) as port, asking(port) as host:
        host.unknown(told)


@pytest.mark.parametrize("drips", [True, False], ids=["dripping", "silent"])
def test_a_server_that_takes_for_ever_keeps_nobody(drips: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.setattr(demand, "PATIENCE_SECONDS", 0.5)
    over = threading.Event()

    def does(connection: socket.socket) -> None:
        while not over.wait(0.05):
            if drips:
                connection.sendall(b"H")

    with server_that(does) as port, asking(port) as host:
        began = time.monotonic()
        host.read()
        assert time.monotonic() - began < 0.4  # the tick does not wait, the thread would for 0.5 s
        host.unknown("it takes too long")
        over.set()


def test_more_than_was_asked_for_is_not_taken() -> None:
    with server_that(send(HEAD + b'{"idle": 900, "granted": 900}')) as port, asking(port) as host:
        until(lambda: host.read() == DemandReading(900, 2, NOW))


def test_a_kind_that_is_gone_or_asks_another_is_not_asked_for_any_more() -> None:
    with serving(Queue(jobs=1)) as (_, port), asking(port) as host:
        until(lambda: isinstance(host.read(), DemandReading))
        threads = {t for t in threading.enumerate() if t.name == "demand"}
        host.services = {"default": service(9)}
        assert host.read() is None
        assert host.sensor.look({}, {}) == {}
        until(lambda: not [t for t in threads if t.is_alive()])
