"""What drain.yml refuses, and what drain.yml and resume.yml end with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit import loaded

WELCOME = {"kind": "run", "by": "", "asked": ""}
DRAINED = {"kind": "drain", "by": "root", "asked": "root (operator)"}
PAUSED = {"kind": "pause", "by": "ann", "asked": "ann (exams)"}


def host(intent: dict[str, str], pilots: int | None = 0) -> dict[str, Any]:
    there = None if pilots is None else [{"name": "p"}] * pilots
    return {"wish_status": {"status": 200, "json": {"intent": intent, "pilots": there}}}


def summary(only_checked: bool = False, /, **hosts: dict[str, Any]) -> list[str]:  # noqa: FBT001, FBT002
    lines: list[str] = loaded.plugin("wishes").wishes_summary(list(hosts), hosts, only_checked)
    return lines


def test_a_few_hosts_are_told_one_by_one() -> None:
    silent = {"wish_status": {"status": -1}, "wish_told": {"rc": 1}}
    assert summary(a=host(DRAINED, 2), b=host(PAUSED), c=silent, d={}, e=host(WELCOME, None)) == [
        "Wishes on 5 donors",
        "  a: drain, asked by root (operator); 2 pilots are there",
        "  b: pause, asked by ann (exams); 0 pilots are there",
        "  c: its agent does not answer; it is written down for it",
        "  d: was not asked: see above",
        "  e: pilots are welcome; nobody knows which pilots are there",
    ]


def test_of_many_hosts_those_that_differ_are_told() -> None:
    hosts = {f"pc{n}": host(DRAINED) for n in range(200)}
    assert summary(**hosts, desk=host(PAUSED, 1)) == [
        "Wishes on 201 donors",
        "  200 of 201: drain, asked by root (operator)",
        "  1 of 201: pause, asked by ann (exams)",
        "  desk: pause, asked by ann (exams); 1 pilot is there",
    ]


def test_a_look_says_that_it_changed_nothing_and_an_older_agent_is_understood() -> None:
    old = {"kind": "drain", "by": "root"}
    assert summary(True, a=host(old)) == [
        "Wishes on 1 donors; nothing was changed",
        "  a: drain, asked by root; 0 pilots are there",
    ]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, []),
        ({"drain_deadline": "2h", "drain_reason": "new disks", "drain_wait_seconds": "600"}, []),
        ({"drain_deadline": ""}, []),
        ({"drain_deadline": "soon"}, ["drain_deadline must be such as 30m, 8h or 1d12h, not 'soon'"]),
        ({"drain_deadline": 7}, ["drain_deadline must be such as 30m, 8h or 1d12h, not '7'"]),
        ({"drain_reason": "a\nb"}, ["drain_reason must be a line of at most 200 characters, not 'a\\nb'"]),
        ({"drain_reason": 7}, ["drain_reason must be a line of at most 200 characters, not 7"]),
        (
            {"drain_wait_seconds": "-1"},
            ["drain_wait_seconds must be a whole number from 0 to 99999, not '-1'"],
        ),
    ],
)
def test_a_bad_variable_is_refused_in_one_sentence_for_all_hosts(
    settings: dict[str, Any], says: list[str]
) -> None:
    hosts = {"pc01": settings, "pc02": settings}
    assert loaded.plugin("wishes").wish_problems(list(hosts), hosts) == says
