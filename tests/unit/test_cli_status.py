"""What owners and operators read, from an agent that is only its web server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plancton.cli.main import main
from plancton.core.memory import Backoff
from plancton.core.policy import Kind, Policy
from plancton.model import Missing, WishKind
from plancton.report import Report
from plancton.web.server import listen_unix
from tests.unit.makers import BLIND, NOW, WALL, calm, pilot, seen
from tests.unit.reports import report_of, with_wish
from tests.unit.test_web import app_of


class Host:
    """A directory with a configuration and, once a report is shown, an agent's control socket."""

    def __init__(self, directory: Path) -> None:
        self.config = directory / "plancton.yml"
        self.config.write_text(f"paths: {{run_directory: {directory}, state_directory: {directory}}}")
        self.report: Report | None = None
        app = app_of(report_of())
        app.report = lambda: self.report
        self.server = listen_unix(app, directory / "control.sock")

    def run(self, *arguments: str) -> int:
        return main([*arguments, "--config.file", str(self.config)])


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    found = Host(tmp_path)
    yield found
    found.server.shutdown()
    found.server.server_close()


def table(host: Host, report: Report, capsys: pytest.CaptureFixture[str]) -> str:
    host.report = report
    assert host.run("status") == 0
    return capsys.readouterr().out


def test_the_status_is_a_sentence_and_a_table(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    assert table(host, report_of(), capsys) == (
        "owner uses 2.2 of 8.0 cores; aiming at 5 pilots; 4 running, 1 frozen; thawing 1 pilot.\n"
        "\n"
        "mode      opportunistic\n"
        "cpu       owner 2.25, pilots 0.00 of 8.00 cores\n"
        "memory    60.0 GiB of 64.0 GiB available\n"
        "owner     pilots are welcome\n"
        "\n"
        "PILOT      KIND        STATE      AGE\n"
        "default-1  default     running    2h46m\n"
        "default-2  default     running    2h46m\n"
        "default-3  default     frozen     1m30s\n"
        "other-4    other       running    0m30s\n"
        "default-6  default     releasing  0m07s\n"
        "default-5  default     starting   0m00s\n"
    )


def test_several_kinds_are_shown_with_their_shares_and_what_holds_them(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = Policy(named=(Kind("alice", share=60.0), Kind("local", share=40.0)))
    backoffs = {"local": Backoff(2, NOW + 7.0, WALL, "pilot ended after 1 s with exit code 0")}
    there = [pilot(n, kind="alice") for n in range(1, 4)]
    shown = table(host, report_of(seen(there), replace(calm(), backoffs=backoffs), policy=policy), capsys)
    assert (
        "KIND   SHARE  PILOTS  CORES\n"
        "alice    60%       3    3.0\n"
        "local    40%       0    0.0  pilot ended after 1 s with exit code 0 (2 in a row); next try in 7 s\n"
    ) in shown


def test_how_pilots_have_ended_is_told(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    ended = {"default": {"done": 12, "no_work": 3}}
    assert "ended     12 done, 3 no_work\n" in table(host, replace(report_of(seen()), ended=ended), capsys)
    policy = Policy(named=(Kind("alice"), Kind("default")))
    report = replace(report_of(seen(), policy=policy), ended=ended)
    assert "ended     default: 12 done, 3 no_work\n" in table(host, report, capsys)


def test_a_drains_deadline_is_told(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    draining = with_wish(report_of(), kind=WishKind.DRAIN, by="ann", deadline=WALL + 60.0)
    assert "asked by ann; pilots still there at " in table(host, draining, capsys)
    explained = with_wish(report_of(), kind=WishKind.DRAIN, by="ann", reason="exams")
    assert "owner     drain until further notice, asked by ann (exams)\n" in table(host, explained, capsys)


def test_one_kind_is_shown_only_while_it_fails(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    memory = replace(calm(), backoffs={"default": Backoff(2, NOW + 7.0, WALL, "no")})
    assert "default   100%       0    0.0  no (2 in a row); next try" in table(
        host, report_of(seen(), memory), capsys
    )
    assert "SHARE" not in table(host, report_of(seen()), capsys)


def test_what_is_wrong_is_told(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    blind = report_of(seen(rates=BLIND, memory=BLIND, pilots=Missing("is it running?")))
    shown = table(host, replace(blind, weight=Missing("w"), reload_error="f.yml:1: bad"), capsys)
    assert "blind     cpu, pool, memory, engine\n" in shown
    assert "warning   pilots do not have the lowest CPU weight: run `plancton doctor`\n" in shown
    assert "warning   the changed configuration is not in force: f.yml:1: bad\n" in shown
    assert "The engine cannot say which pilots there are.\n" in shown


def test_a_host_without_pilots_says_so(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    assert table(host, report_of(seen()), capsys).endswith("\nNo pilots.\n")


def test_the_owners_wish_is_shown_with_its_end(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    paused = with_wish(report_of(), kind=WishKind.PAUSE, by="ann")
    shown = table(host, paused, capsys)
    assert "owner     pause until further notice, asked by ann\n" in shown
    shown = table(host, with_wish(paused, until=WALL + 60), capsys)
    assert re.search(r"owner     pause until (2026-\d\d-\d\d )?\d\d:\d\d:\d\d, asked by ann\n", shown)


def test_status_as_json_is_what_the_agent_answers(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    host.report = report_of()
    assert host.run("status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["sentence"] == host.report.sentence


def test_why_tells_the_last_decisions(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    assert host.run("why") == 0
    assert re.fullmatch(r"\S.*\d  owner uses 2\.2 of 8\.0 cores; .*\n", capsys.readouterr().out)
    assert host.run("why", "--json", "-n", "1") == 0
    (decision,) = json.loads(capsys.readouterr().out)
    assert decision["target"] == 5


def test_an_agent_that_has_only_started_is_no_fault_of_the_asker(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    assert host.run("status") == 1
    assert capsys.readouterr().err == "plancton: the agent has only just started; ask again in a second\n"


@pytest.mark.parametrize("verb", ["status", "why", "top"])
def test_without_an_agent_one_sentence_and_status_one(
    tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "c.yml"
    config.write_text(f"paths: {{run_directory: {tmp_path}, state_directory: {tmp_path}}}")
    assert main([verb, "--config.file", str(config)]) == 1
    printed = capsys.readouterr()
    assert printed.err == f"plancton: no agent answers at {tmp_path}/control.sock: it is not running\n"
    assert printed.out == ""
