"""`plancton why`: what an owner reads, from the agent and without one."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from socketserver import BaseServer

import pytest

from plancton.cli.main import main
from plancton.cli.why import since, table
from plancton.history import Entry, History
from plancton.history_file import HistoryFile, path_in
from plancton.web.server import close, listen_unix
from tests.unit.entries import entry, some
from tests.unit.makers import WALL
from tests.unit.test_web import app_of


class Host:
    """A directory with a configuration, what an agent wrote down, and perhaps an agent."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config = directory / "plancton.yml"
        self.config.write_text(f"paths: {{run_directory: {directory}, state_directory: {directory}}}")
        self.servers: list[BaseServer] = []

    def serve(self, entries: list[Entry]) -> None:
        history = History()
        history.recall(entries)
        app = replace(app_of(None), history=history)
        self.servers.append(listen_unix(app, self.directory / "control.sock"))

    def write_down(self, entries: list[Entry]) -> None:
        HistoryFile(path_in(str(self.directory))).rewrite(entries)

    def why(self, *arguments: str) -> int:
        return main(["why", "--config.file", str(self.config), *arguments])


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    found = Host(tmp_path)
    yield found
    for server in found.servers:
        close(server)


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The sentences, without when they were said."""
    return [line.split("  ")[-1].strip() for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("in_berlin")
def test_a_line_tells_when_for_how_long_and_what() -> None:
    told = [entry(1), entry(2, held=7200.0), entry(3)]
    day = [replace(e, at=e.at + WALL, until=e.until + WALL) for e in told]
    yesterday = replace(entry(0), at=WALL - 86_400, until=WALL - 86_400 + 65, sentence="a\x1b[2J")
    assert table([vars(e) for e in [yesterday, *day]], WALL + 9000) == (
        "2026-09-20 16:13:20  for 1m05s  a?[2J\n"
        "16:13:21                        deed 1\n"
        "16:13:22             for 2h00m  deed 2\n"
        "16:13:23                        deed 3"
    )
    assert table([vars(day[0])], WALL) == "16:13:21  deed 1"


def test_the_last_ten_the_newest_last(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    host.serve(some(50))
    assert host.why() == 0
    assert said(capsys) == [f"deed {n}" for n in range(41, 51)]


@pytest.mark.parametrize("option", ["-n", "--limit"])
def test_as_many_as_are_asked_for(host: Host, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    host.serve(some(50))
    assert host.why(option, "3") == 0
    assert said(capsys) == ["deed 48", "deed 49", "deed 50"]
    assert host.why(option, "5000") == 0
    assert len(said(capsys)) == 50


def test_those_that_held_at_a_moment_or_later(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    now = time.time()
    ages = (9000.0, 3000.0, 60.0)
    host.serve([replace(entry(n), at=now - age, until=now - age) for n, age in enumerate(ages)])
    assert host.why("--since", "1h") == 0
    assert said(capsys) == ["deed 1", "deed 2"]
    assert host.why("--since", "1h", "-n", "1") == 0
    assert said(capsys) == ["deed 2"]
    assert host.why("--since", "10s") == 0
    assert said(capsys) == ["No decisions in that time."]


def test_one_that_began_before_and_still_held_is_among_them(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.time()
    host.serve([replace(entry(1), at=now - 9000.0, until=now - 5.0)])
    assert host.why("--since", "1h") == 0
    assert said(capsys) == ["deed 1"]


def test_without_an_agent_the_file_is_read_and_it_is_said(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    host.write_down(some(20))
    assert host.why("-n", "2", "--json") == 1
    printed = capsys.readouterr()
    assert [e["sentence"] for e in json.loads(printed.out)] == ["deed 19", "deed 20"]
    assert printed.err == (
        f"plancton: no agent answers at {host.directory}/control.sock: it is not running; "
        "this is what it has written down\n"
    )


def test_json_is_the_same_from_the_agent_and_from_the_file(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    host.write_down(some(3))
    assert host.why("--json") == 1
    written = capsys.readouterr().out
    host.serve(some(3))
    assert host.why("--json") == 0
    assert capsys.readouterr().out == written


@pytest.mark.usefixtures("in_berlin")
def test_moments_that_can_be_asked_for() -> None:
    assert since("30m") == pytest.approx(time.time() - 1800, abs=60)
    assert since("2026-09-21 16:13:20") == WALL
    assert since("2026-09-21T14:13:20+00:00") == WALL
    assert since("2026-09-21") == WALL - (16 * 60 + 13) * 60 - 20
    for of_day in ("00:00", "12:00", "23:59:59"):
        found = since(of_day)
        assert datetime.fromtimestamp(found).astimezone().strftime("%H:%M:%S").startswith(of_day)
        assert 0 <= time.time() - found < 90_000


@pytest.mark.parametrize("text", ["", "yesterday", "25:00", "2026-13-01", "-5m", "∞"])
def test_what_is_no_moment_is_refused_in_one_sentence(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        since(text)
    with pytest.raises(SystemExit) as ended:
        main(["why", f"--since={text}"])
    assert ended.value.code == 2
    assert "must be such as 30m, 8h, 14:30" in capsys.readouterr().err


@pytest.mark.parametrize("count", ["0", "-1", "x", "1.5"])
def test_what_is_no_number_is_refused(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["why", f"--limit={count}"])
    assert ended.value.code == 2
    assert "must be a whole number of at least 1" in capsys.readouterr().err
