"""What strangers can do to the service of demand, and what it says when the pool is away: real sockets."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from typing import Any

import pytest

from plancton.demand import service
from plancton.demand.service import LEAST_STALE_SECONDS, MOST_CONNECTIONS, BadQuestion, ask_of
from plancton.demand.wire import answer_of
from tests.unit.demand_service import Queue, serving
from tests.unit.dripping import drip

QUESTION = "who=0123456789abcdef&cpus=0.5&memory=536870912&coming=0&most=2"


def say(port: int, message: bytes) -> bytes:
    """All that is answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        sock.sendall(message)
        found = b""
        while piece := sock.recv(4096):
            found += piece
        return found


def get(port: int, target: str) -> tuple[int, dict[str, Any]]:
    status, body = answer_of(say(port, f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()))
    return status, json.loads(body)


def test_a_host_is_told_two_numbers() -> None:
    with serving(Queue(jobs=5)) as (_, port):
        assert get(port, f"/demand?{QUESTION}") == (200, {"idle": 5, "granted": 2})


def test_a_pilot_of_half_a_core_is_a_slot_with_one_and_less_memory() -> None:
    assert ask_of(QUESTION).size == (1, 512 - 96)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "who must be 16 to 32 hexadecimal digits"),
        (QUESTION.replace("0123", "../."), "who must be"),
        (QUESTION.replace("cpus=0.5", "cpus=nan"), "cpus must be a number of at most 4096"),
        (QUESTION.replace("cpus=0.5", "cpus=5e3"), "cpus must be"),
        (QUESTION.replace("coming=0", "coming=-1"), "coming must be"),
        (QUESTION.replace("most=2", "most=" + "9" * 17), "most must be a number of at most 10000"),
        (QUESTION.replace("most=2", "most=٣"), "most must be"),
        (QUESTION.replace("&most=2", ""), "most must be"),
    ],
)
def test_a_question_without_sense_is_refused_in_a_sentence(query: str, told: str) -> None:
    with pytest.raises(BadQuestion, match=f"^{told}"):
        ask_of(query)


@pytest.mark.parametrize(
    "message",
    [b"POST /demand HTTP/1.1\r\n\r\n", b"GET\r\n\r\n", b"\xff\xfe\r\n\r\n", b"GET /metrics HTTP/1.1\r\n\r\n"],
)
def test_what_is_no_question_gets_no_number(message: bytes) -> None:
    with serving(Queue(jobs=5)) as (_, port):
        status, body = answer_of(say(port, message))
        assert status in {400, 404}
        assert json.loads(body).keys() == {"error"}


def test_a_head_without_end_is_not_read_to_the_end() -> None:
    with (
        serving(Queue()) as (_, port),
        socket.create_connection(("127.0.0.1", port), timeout=20) as sock,
        pytest.raises(OSError),  # noqa: PT011 - reset, or a broken pipe
    ):
        sock.sendall(b"x" * 64 * 1024**2)


def test_who_drips_is_sent_away_and_others_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "QUESTION_SECONDS", 0.5)
    with serving(Queue(jobs=1)) as (_, port):
        assert drip(port, b"GET /dem", 20.0) < 19.0
        assert get(port, f"/demand?{QUESTION}")[0] == 200


def test_more_connections_than_places_are_closed_and_places_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "QUESTION_SECONDS", 2.0)
    with serving(Queue(jobs=1)) as (_, port):
        silent = [
            socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(2 * MOST_CONNECTIONS)
        ]
        assert [sock.recv(1) for sock in silent] == [b""] * len(silent)
        assert get(port, f"/demand?{QUESTION}")[0] == 200
        for sock in silent:
            sock.close()


def test_only_networks_that_are_allowed_are_answered() -> None:
    # It may close before it has heard all.
    with serving(Queue(jobs=1), "10.0.0.0/8") as (_, port), contextlib.suppress(ConnectionResetError):
        assert say(port, b"GET /demand HTTP/1.1\r\n\r\n") == b""
    with serving(Queue(jobs=1), "10.0.0.0/8", "127.0.0.0/8") as (_, port):
        assert get(port, f"/demand?{QUESTION}")[0] == 200


def test_numbers_of_a_pool_that_is_away_are_told_for_a_while_and_then_not() -> None:
    queue = Queue(jobs=3)
    with serving(queue) as (desk, port):
        queue.away = True
        queue.clock.now += LEAST_STALE_SECONDS
        desk.refresh()
        assert get(port, f"/demand?{QUESTION}")[0] == 200
        queue.clock.now += 0.1
        assert get(port, f"/demand?{QUESTION}") == (503, {"error": "the pool cannot be asked"})
        queue.away = False
        desk.refresh()
        assert get(port, f"/demand?{QUESTION}")[1]["idle"] == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--listen", "here"], "must be such as 127.0.0.1:10017, not 'here'"),
        (["--listen", "127.0.0.1:65536"], "must be such as"),
        (["--allow", "10.1.2.3/8"], "must be a network such as 10.1.0.0/16"),
        (["--every", "nan"], "must be a number from 1 to 60, not 'nan'"),
        (["--listen", "192.0.2.1:10017"], "--listen: cannot listen on 192.0.2.1:10017"),
    ],
)
def test_options_without_sense_are_refused_in_a_sentence(arguments: list[str], told: str) -> None:
    command = [sys.executable, "-m", "plancton", "demand", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_it_needs_nothing_but_the_standard_library_and_ends_when_told(tmp_path: Any) -> None:
    """As the role runs it: an interpreter without our packages, and a copy of these files alone."""
    package = tmp_path / "plancton"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "demand").symlink_to(service.__file__.rpartition("/")[0])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tool = tmp_path / "tool"
    tool.write_text("case $1 in condor_q) echo 1 32; esac")
    command = [sys.executable, "-S", "-m", "plancton.demand", "--listen", f"127.0.0.1:{port}"]
    with subprocess.Popen(
        [*command, "--tools", f"sh {tool}"], cwd=tmp_path, stderr=subprocess.PIPE
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                try:
                    if get(port, f"/demand?{QUESTION}") == (200, {"idle": 1, "granted": 1}):
                        break
                except OSError:
                    pass
                time.sleep(0.05)
            else:
                raise AssertionError("it does not answer")
            process.terminate()
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
