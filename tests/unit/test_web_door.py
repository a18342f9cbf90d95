"""Basic authentication: passwords right, wrong and missing, at the door and over a real socket."""

from __future__ import annotations

import base64
import http.client
import io
import sys
from http import HTTPStatus
from socketserver import TCPServer

import pytest

from plancton.cli.main import main
from plancton.password import decoy, hashed, is_hash, matches
from plancton.web.door import MOST_PAUSED, PAUSE_SECONDS, Door
from plancton.web.server import close, listen_tcp
from tests.unit.reports import report_of
from tests.unit.test_web import app_of

WORD = "correct horse: ü"
KEPT = hashed(WORD)
OK, WRONG, LATER = HTTPStatus.OK, HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_password_and_its_hash() -> None:
    assert is_hash(KEPT)
    assert matches(WORD, KEPT)
    assert not matches(WORD + " ", KEPT)
    assert not matches("", KEPT)
    assert hashed(WORD) != KEPT
    assert is_hash(decoy())


@pytest.mark.parametrize(
    "kept",
    [
        "",
        WORD,
        KEPT.replace("ln=13", "ln=20"),
        KEPT.replace("p=10", "p=99"),
        KEPT.replace("scrypt", "bcrypt"),
        KEPT[:-1],
    ],
    ids=["nothing", "the password", "too much memory", "too many rounds", "another method", "cut short"],
)
def test_what_cannot_be_checked_or_only_dearly_is_no_hash(kept: str) -> None:
    assert not is_hash(kept)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (basic("prometheus", WORD), OK),
        (basic("prometheus", "wrong"), WRONG),
        (basic("nobody", WORD), WRONG),
        (basic("", ""), WRONG),
        (None, WRONG),
        ("", WRONG),
        ("Basic", WRONG),
        ("Basic ????", WRONG),
        ("Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(), WRONG),
        ("Basic " + base64.b64encode(b"prometheus").decode(), WRONG),
        ("Bearer " + WORD, WRONG),
    ],
)
def test_who_is_let_in(header: str | None, status: HTTPStatus) -> None:
    assert Door(lambda: {"prometheus": KEPT}).check(header, "192.0.2.1") is status


def test_without_users_nobody_is_asked() -> None:
    assert Door(dict).check(None, "192.0.2.1") is OK


def test_a_wrong_password_makes_its_client_wait_and_no_other() -> None:
    clock = Clock()
    door = Door(lambda: {"prometheus": KEPT}, clock)
    assert door.check(basic("prometheus", "wrong"), "192.0.2.1") is WRONG
    assert door.check(basic("prometheus", WORD), "192.0.2.1") is LATER
    assert door.check(basic("prometheus", WORD), "192.0.2.2") is OK
    clock.now += PAUSE_SECONDS
    assert door.check(basic("prometheus", "wrong"), "192.0.2.1") is WRONG
    # The right one is known by now, and costs nothing.
    assert door.check(basic("prometheus", WORD), "192.0.2.1") is OK


def test_a_known_password_is_no_longer_known_when_its_hash_has_changed() -> None:
    users = {"prometheus": KEPT}
    door = Door(lambda: users)
    assert door.check(basic("prometheus", WORD), "192.0.2.1") is OK
    users["prometheus"] = hashed("another")
    assert door.check(basic("prometheus", WORD), "192.0.2.1") is WRONG


def test_those_who_wait_are_a_bounded_number() -> None:
    cheap = "$scrypt$ln=1,r=1,p=1$" + KEPT.split("$")[3] + "$" + KEPT.split("$")[4]
    clock = Clock()
    door = Door(lambda: {"prometheus": cheap}, clock)
    for number in range(MOST_PAUSED + 1):
        assert door.check(basic("prometheus", "wrong"), f"client {number}") is WRONG
    assert door.check(basic("prometheus", "wrong"), "client 0") is WRONG
    assert door.check(basic("prometheus", "wrong"), f"client {MOST_PAUSED}") is LATER


@pytest.mark.parametrize("path", ["/metrics", "/status", "/why", "/", "/-/healthy", "/nowhere"])
def test_no_path_is_open(path: str) -> None:
    server = listen_tcp(app_of(report_of()), "127.0.0.1:0", Door(lambda: {"prometheus": KEPT}))
    assert isinstance(server, TCPServer)
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (401, b"Unauthorized\n")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="plancton", charset="UTF-8"'
        connection.request("GET", path, headers={"Authorization": basic("prometheus", WORD)})
        assert connection.getresponse().status == (404 if path == "/nowhere" else 200)
    finally:
        connection.close()
        close(server)


def test_the_command_reads_a_password_and_tells_it_to_nobody(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(WORD + "\n"))
    assert main(["hash-password"]) == 0
    told = capsys.readouterr().out.strip()
    assert matches(WORD, told)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert main(["hash-password"]) == 2
