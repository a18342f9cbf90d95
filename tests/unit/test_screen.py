"""What `plancton top` shows, character by character."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancton.cli.screen import Line, Style, cut, screen
from plancton.model import Missing, Wish, WishKind
from plancton.report import Report
from plancton.web import view
from tests.unit.entries import some
from tests.unit.makers import BLIND, WALL, crew, seen
from tests.unit.reports import report_of

TOLD = [
    {"at": WALL - 7000, "until": WALL - 50, "sentence": "owner uses 0.1 of 8.0 cores; 7 running"},
    {"at": WALL - 3, "until": WALL, "sentence": "owner uses 2.2 of 8.0 cores; aiming at 5 pilots"},
]


def status_of(report: Report) -> dict[str, Any]:
    """As it comes from the agent."""
    found: dict[str, Any] = json.loads(json.dumps(view.status(report, "site", "/etc/p.yml")))
    return found


BUSY = status_of(report_of())


def shown(status: dict[str, Any], width: int = 100, height: int = 50) -> str:
    return "\n".join(line.text.rstrip() for line in screen(status, TOLD, width, height)) + "\n"


@pytest.mark.usefixtures("in_berlin")
def test_a_wide_screen() -> None:
    assert shown(BUSY) == (
        "site, opportunistic                                                         "
        "                16:13:20\n"
        "owner uses 2.2 of 8.0 cores; aiming at 5 pilots; 4 running, 1 frozen; thawing 1 pilot.\n"
        "\n"
        "owner    [||||||||||||||                                    ]  2.25 of 8.00 cores\n"
        "pilots   [                                                  ]  0.00 of 8.00 cores\n"
        "idle     [||||||||||||||||||||||||||||||||||||              ]  5.75 of 8.00 cores\n"
        "memory   [|||                                               ]   4.0 of 64.0 GiB\n"
        "limit    cpu: owner uses 2.2 of 8.0 cores\n"
        "wish     pilots are welcome\n"
        "states   3 running, 1 frozen, 1 releasing, 1 starting; aiming at 5\n"
        "\n"
        "PILOT      KIND     STATE      AGE     CPU TIME\n"
        "default-1  default  running    2h46m   2h30m\n"
        "default-2  default  running    2h46m   -\n"
        "default-3  default  frozen     1m30s   1m01s\n"
        "other-4    other    running    0m30s   -\n"
        "default-6  default  releasing  0m07s   -\n"
        "default-5  default  starting   0m00s   -\n"
        "\n"
        "LAST DECISIONS, the newest first\n"
        "16:13:17  for 0m03s  owner uses 2.2 of 8.0 cores; aiming at 5 pilots\n"
        "14:16:40  for 1h55m  owner uses 0.1 of 8.0 cores; 7 running\n"
    )


@pytest.mark.usefixtures("in_berlin")
def test_a_small_screen_keeps_what_matters_and_says_what_it_leaves_out() -> None:
    assert shown(BUSY, 44, 19) == (
        "site, opportunistic                 16:13:20\n"
        "owner uses 2.2 of 8.0 cores; aiming at 5\n"
        "pilots; 4 running, 1 frozen; thawing 1\n"
        "pilot.\n"
        "\n"
        "owner    [|||      ]  2.25 of 8.00 cores\n"
        "pilots   [         ]  0.00 of 8.00 cores\n"
        "idle     [||||||   ]  5.75 of 8.00 cores\n"
        "memory   [|        ]   4.0 of 64.0 GiB\n"
        "limit    cpu: owner uses 2.2 of 8.0 cores\n"
        "wish     pilots are welcome\n"
        "states   3 running, 1 frozen, 1 releasing, …\n"
        "\n"
        "PILOT      KIND     STATE      AGE     CPU …\n"
        "and 6 more\n"
        "\n"
        "LAST DECISIONS, the newest first\n"
        "16:13:17  for 0m03s  owner uses 2.2 of 8.0 …\n"
        "14:16:40  for 1h55m  owner uses 0.1 of 8.0 …\n"
    )


def test_frozen_pilots_and_those_on_their_way_out_stand_out() -> None:
    states = ("running", "frozen", "stopping", "releasing", "starting")
    status = {**BUSY, "pilots": [{**BUSY["pilots"][0], "name": state, "state": state} for state in states]}
    styles = {line.text.split(" ")[0]: line.style for line in screen(status, TOLD, 100, 50)}
    assert [styles[state] for state in states] == [
        *(Style.PLAIN, Style.FROZEN, Style.LEAVING, Style.LEAVING, Style.PLAIN)
    ]


def test_what_cannot_be_read_is_said() -> None:
    blind = report_of(seen(rates=BLIND, memory=BLIND, pilots=Missing("is it running?")))
    text = shown(status_of(replace(blind, weight=Missing("w"), reload_error="p.yml:1: bad")))
    assert "cpu      cannot be read\nmemory   cannot be read\n" in text
    assert "blind     cpu, pool, memory, engine\n" in text
    assert "warning   pilots do not have the lowest CPU weight" in text
    assert "warning   the changed configuration is not in force: p.yml:1: bad\n" in text
    assert "The engine cannot say which pilots there are.\n" in text
    assert "states" not in text


def test_no_pilots_and_no_decisions_and_a_wish() -> None:
    paused = status_of(report_of(seen(wish=Wish(WishKind.PAUSE, by="ann"))))
    text = "\n".join(line.text for line in screen(paused, [], 100, 50))
    assert "wish     pause until further notice, asked by ann" in text
    assert "No pilots." in text
    assert "DECISIONS" not in text


def test_many_pilots_leave_three_decisions_their_place() -> None:
    crowd = status_of(report_of(seen(crew(500), cores=512.0)))
    lines = screen(crowd, [vars(e) for e in some(10)], 100, 30)
    assert len(lines) == 30
    texts = [line.text for line in lines]
    assert texts[-3].endswith("deed 10")
    assert texts[-6] == "and 488 more"
    assert sum(text.startswith("default-") for text in texts) == 12


@given(width=st.integers(1, 300), height=st.integers(1, 100), pilots=st.integers(0, 40))
def test_it_never_leaves_the_screen(width: int, height: int, pilots: int) -> None:
    status = status_of(report_of(seen(crew(pilots), wish=Wish(WishKind.DRAIN, by="ann\x1b[2J\n" * 9))))
    lines = screen(status, TOLD, width, height)
    assert len(lines) <= height
    assert all(len(line.text) <= width and line.text.isprintable() for line in lines)


def test_an_agent_that_does_not_tell_the_cpu_of_a_pilot_is_no_fault() -> None:
    old = [{k: v for k, v in p.items() if k != "cpu_seconds"} for p in BUSY["pilots"]]
    assert "default-1  default  running    2h46m   -\n" in shown({**BUSY, "pilots": old})


def test_what_is_cut_shows_it() -> None:
    assert [cut("pilots", n) for n in (0, 1, 5, 6)] == ["", "…", "pilo…", "pilots"]
    assert Line("x") == Line("x", Style.PLAIN)
