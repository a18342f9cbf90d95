"""The client of Prometheus' API against servers that answer well, badly, late, or not at all."""

from __future__ import annotations

import base64
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from plancton.facility.prometheus import BadAccess, NoPrometheus, Prometheus, Row, Sample
from tests.e2e.waiting import free_port
from tests.unit.facility.servers import Asked, Reply, serving

UP = {"metric": {"__name__": "up", "instance": "pc01"}, "value": [1790000000.0, "1"]}
BLIND = {"metric": {"instance": "pc02"}, "value": [1790000000.0, "NaN"]}


def success(kind: str, *rows: dict[str, Any]) -> Reply:
    body = {"status": "success", "data": {"resultType": kind, "result": list(rows)}}
    return 200, "application/json", json.dumps(body).encode()


def test_a_vector() -> None:
    heard: list[Asked] = []

    def reply(asked: Asked) -> Reply:
        heard.append(asked)
        return success("vector", UP, BLIND)

    with serving(reply) as address:
        found = Prometheus(f"http://{address}/").instant('up{job="plancton"}', 1790000000.5)
    assert found == [Sample({"__name__": "up", "instance": "pc01"}, 1.0)]
    assert heard[0].path == "/api/v1/query"
    assert heard[0].form == {"query": 'up{job="plancton"}', "time": "1790000000.500", "timeout": "60s"}


def test_a_range() -> None:
    row = {"metric": {"instance": "pc01"}, "values": [[1.0, "2"], [16.0, "2.5"]]}
    with serving(lambda _: success("matrix", row)) as address:
        found = Prometheus(f"http://{address}").samples("x[1m]", 20.0)
    assert found == [Row({"instance": "pc01"}, [(1.0, 2.0), (16.0, 2.5)])]


def test_below_a_path() -> None:
    with serving(
        lambda asked: success("vector") if asked.path == "/prometheus/api/v1/query" else None
    ) as address:
        assert Prometheus(f"http://{address}/prometheus").instant("up", 0.0) == []


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ((200, "text/html", b"<html>"), "is no Prometheus: its answer is not what the API says"),
        ((200, "application/json", b"[1]"), "is no Prometheus: its answer is not what the API says"),
        ((200, "application/json", b'{"hello": 1}'), "is no Prometheus: its answer is not what the API says"),
        ((200, "application/json", b"\xff"), "is no Prometheus: its answer is not what the API says"),
        (success("scalar"), "is no Prometheus: its answer is not what the API says"),
        ((404, "text/plain", b"nothing"), "is no Prometheus: it answers 404"),
        ((401, "text/plain", b""), "does not let you in (401): give --credentials"),
        ((403, "application/json", b"{}"), "does not let you in (403)"),
        ((503, "text/plain", b"Service Unavailable"), "is no Prometheus: it answers 503"),
        (
            (422, "application/json", b'{"status":"error","error":"too many samples"}'),
            "refuses a query: too many samples",
        ),
        (None, "no Prometheus answers at http://127.0.0.1:"),
    ],
)
def test_what_is_wrong_is_one_sentence(reply: Reply | None, said: str) -> None:
    with serving(lambda _: reply) as address, pytest.raises(NoPrometheus) as caught:
        Prometheus(f"http://{address}").instant("up", 0.0)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nobody_is_there() -> None:
    with pytest.raises(
        NoPrometheus, match=r"no Prometheus answers at http://127.0.0.1:\d+: Connection refused"
    ):
        Prometheus(f"http://127.0.0.1:{free_port()}").instant("up", 0.0)


def test_who_answers_too_late_is_not_waited_for() -> None:
    over = threading.Event()

    def reply(_: Asked) -> None:
        over.wait(30.0)

    with serving(reply) as address:
        with pytest.raises(NoPrometheus, match="it takes too long"):
            Prometheus(f"http://{address}", answer_seconds=0.2).instant("up", 0.0)
        over.set()


def test_credentials_are_sent(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text("operator:s3cret:x\n")
    wanted = "Basic " + base64.b64encode(b"operator:s3cret:x").decode()
    with serving(
        lambda asked: success("vector", UP) if asked.headers["Authorization"] == wanted else None
    ) as address:
        assert Prometheus(f"http://{address}", credentials=file).instant("up", 0.0)


@pytest.mark.parametrize("content", ["nobody", "a:b\nc:d", ""])
def test_credentials_that_are_none(tmp_path: Path, content: str) -> None:
    file = tmp_path / "credentials"
    file.write_text(content)
    with pytest.raises(BadAccess, match=r"--credentials: .* must be one line, user:password"):
        Prometheus("http://127.0.0.1", credentials=file)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadAccess, match=r"--credentials: .*/absent cannot be read: No such file"):
        Prometheus("http://127.0.0.1", credentials=tmp_path / "absent")
    with pytest.raises(BadAccess, match=r"--ca: .*/absent holds no certificates: No such file"):
        Prometheus("https://127.0.0.1", ca=tmp_path / "absent")


def test_a_file_that_holds_no_certificates(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(BadAccess, match=r"--ca: .*/ca.pem holds no certificates"):
        Prometheus("https://127.0.0.1", ca=file)


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:9090", "ftp://host", "http://", "file:///etc/passwd", "", "http://[", "http://host:99999"],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(BadAccess, match=r"--prometheus: must be such as http://127\.0\.0\.1:9090, not "):
        Prometheus(url)
