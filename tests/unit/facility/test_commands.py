"""`plancton report` and `plancton fleet`: options, exit statuses, output. Their figures: tests/e2e."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from plancton.cli.facility import when
from plancton.cli.main import main
from plancton.facility.counters import COUNTERS, Key
from tests.unit.facility.servers import Asked, Reply, serving
from tests.unit.facility.store import labels_of

HOST = {"instance": "pc01", "site": "lab", "job": "plancton"}


def vector(*rows: tuple[dict[str, str], float]) -> Reply:
    result = [{"metric": labels, "value": [0, str(value)]} for labels, value in rows]
    body = {"status": "success", "data": {"resultType": "vector", "result": result}}
    return 200, "application/json", json.dumps(body).encode()


def prometheus(asked: Asked) -> Reply:
    """One host that has lent an hour since it was seen last, and is up."""
    query, at = asked.form["query"], float(asked.form["time"])
    if query.startswith("up{"):
        return vector(({**HOST, "__name__": "up"}, 1), ({**HOST, "instance": "pc02"}, 0))
    if query == COUNTERS:
        started, harvested = Key("started", "pc01", "lab"), Key("harvested", "pc01", "lab")
        return vector((labels_of(started), 5.0), (labels_of(harvested), at))
    if query.startswith("count_over_time(count("):
        return vector(({}, 1000))
    if query.startswith("count_over_time("):
        return vector((HOST, 1000))
    if query.startswith("{__name__=~"):
        return vector(({**HOST, "__name__": "plancton_cpu_cores"}, 4))
    return vector()


@pytest.fixture
def url() -> Iterator[str]:
    with serving(prometheus) as address:
        yield f"http://{address}"


def test_report(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    between = ["--from", "2026-01-05 10:00", "--to", "2026-01-05 12:00"]
    assert (
        main(["report", "--prometheus", url, *between, *["--by", "host", "--by", "site", "--format", "json"]])
        == 0
    )
    [period] = json.loads(capsys.readouterr().out)["periods"]
    [row] = period["rows"]
    assert (row["host"], row["site"], row["harvested_core_hours"]) == ("pc01", "lab", 2.0)


def test_the_address_may_be_in_the_environment(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLANCTON_PROMETHEUS", url)
    assert main(["report", "--from", "2h"]) == 0
    assert "lab" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["table", "csv", "json"])
def test_every_format_tells_the_same(kind: str, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["report", "--prometheus", url, "--from", "2026-01-05", "--to", "2026-01-06", "--format", kind])
        == 0
    )
    assert "24.0" in capsys.readouterr().out


def test_no_data(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(lambda _: vector()) as address:
        status = main(["report", "--prometheus", f"http://{address}", "--from", "2026-01", "--to", "2026-02"])
    assert status == 1
    assert capsys.readouterr().err == (
        "plancton: Prometheus has no data of any agent from 2026-01-01 00:00:00 to 2026-02-01 00:00:00\n"
    )


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["report", "--from", "2026-02", "--to", "2026-01"], 2, "must be before --to and before now"),
        (["report", "--from", "2226-02"], 2, "must be before --to and before now"),
        (["report", "--prometheus", "nowhere"], 2, "--prometheus: must be such as"),
        (["report", "--prometheus", "http://127.0.0.1:9", "--from", "1h"], 1, "no Prometheus answers at"),
        (["report", "--credentials", "/absent"], 2, "--credentials: /absent cannot be read"),
        (["fleet", "--prometheus", "http://127.0.0.1:9"], 1, "no Prometheus answers at"),
        (["fleet", "--prometheus", "http://127.0.0.1:9", "--json"], 1, "no Prometheus answers at"),
        (
            ["fleet", "--sort", "size"],
            2,
            "--sort: there is no column 'size', but there are worst, host",
        ),
        (["fleet", "--inventory", "/absent"], 2, "--inventory: there is no /absent"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == status
    error = capsys.readouterr().err
    assert error.startswith("plancton: ")
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["report", "--by", "room"], ["report", "--from", "soon"], ["report", "--every", "week"]]
)
def test_options_that_are_none(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "error: argument --" in capsys.readouterr().err


def test_fleet_in_a_pipe(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fleet", "--prometheus", url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("2 hosts: 1 up, 1 down")
    assert [line.split()[0] for line in lines[5:]] == ["pc02", "pc01"]


def test_fleet_as_json(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fleet", "--prometheus", url, "--json", "--sort", "host"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(row["host"], row["state"], row["cores"]) for row in found["hosts"]] == [
        ("pc01", "ok", 4.0),
        ("pc02", "down", None),
    ]


def test_a_prometheus_of_somebody_else(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(lambda _: vector()) as address:
        assert main(["fleet", "--prometheus", f"http://{address}"]) == 1
    assert "scrapes no agents: it has no target of the job plancton" in capsys.readouterr().err


def test_fleet_by_inventory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inventory = tmp_path / "inventory"
    inventory.write_text("[donors]\npc01 agent_scrape_address=127.0.0.1:9\n")
    assert main(["fleet", "--inventory", str(inventory), "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)["hosts"]
    assert (row["state"], row["because"]) == ("down", "127.0.0.1:9: Connection refused")


def test_moments(in_berlin: None) -> None:  # noqa: ARG001 - the fixture
    assert when("2026-07") == datetime.fromisoformat("2026-07-01T00:00:00+02:00").timestamp()
    assert when("2026-07-31") == datetime.fromisoformat("2026-07-31T00:00:00+02:00").timestamp()
    assert when("2026-07-31 14:30") == datetime.fromisoformat("2026-07-31T14:30:00+02:00").timestamp()
    assert when("8h") == pytest.approx(time.time() - 8 * 3600, abs=60)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "0000-01", "", "2026", "yesterday"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        when(text)
