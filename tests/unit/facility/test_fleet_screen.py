"""What the terminal shows of a fleet, and what its keys do."""

from __future__ import annotations

import pytest

from plancton.cli.fleet import pressed
from plancton.cli.fleet_screen import HEAD_LINES, View, page_rows, screen
from plancton.cli.screen import Style
from plancton.facility.host import Host, State, down
from plancton.facility.page import ORDERS
from tests.unit.facility.makers import host
from tests.unit.makers import WALL

MANY = [host(f"pc{n:03}", site="lab") for n in range(250)]


def texts(hosts: list[Host], view: View, width: int = 140, height: int | None = 40) -> list[str]:
    return [line.text for line in screen(hosts, view, width, height, WALL)]


def test_head() -> None:
    lines = texts([host(), down("pc02", "lab", "no route")], View("worst"))
    assert lines[0].startswith("2 hosts: 1 up, 1 down")
    assert lines[1] == "cores     owners 1.0, pilots 2.0, idle 1.0 of 4; pilots have 67% of what owners leave"
    assert lines[2] == "pilots    2 running, 0 frozen; aiming at 2"
    assert lines[4].split()[:5] == ["HOST", "SITE", "STATE", "LIMIT", "CORES"]


def test_a_host_that_is_down_says_why_in_place_of_figures() -> None:
    lines = screen([host(), down("pc02", "", "no route to host")], View("worst"), 140, 40, WALL)
    assert lines[HEAD_LINES].text.split(maxsplit=3) == ["pc02", "-", "down", "no route to host"]
    assert lines[HEAD_LINES].style is Style.WARNING
    assert lines[HEAD_LINES + 1].style is Style.PLAIN


@pytest.mark.parametrize(("width", "height"), [(140, 40), (80, 24), (20, 6), (3, 1), (1, 2)])
def test_more_hosts_than_lines(width: int, height: int) -> None:
    lines = texts(MANY, View("worst"), width, height)
    assert len(lines) == height
    assert all(len(line) <= width for line in lines)


def test_pages() -> None:
    rows = page_rows(40)
    assert texts(MANY, View("host"))[HEAD_LINES].startswith("pc000 ")
    assert texts(MANY, View("host", page=1))[HEAD_LINES].startswith(f"pc{rows:03} ")
    last = texts(MANY, View("host", page=999))
    assert last[-2].startswith("pc249 ")
    assert last[-1].startswith("239 to 250 of 250 by host")


def test_in_a_pipe_all_are_shown() -> None:
    lines = texts(MANY, View("host"), height=None)
    assert len(lines) == HEAD_LINES + 250
    assert lines[-1].startswith("pc249 ")


def test_nobody_is_there() -> None:
    assert texts([], View("worst"))[-1].startswith("0 to 0 of 0 by worst")


def test_words_from_outside_move_no_cursor() -> None:
    line = texts([down("pc\x1b[2J", "lab", "bad\r\nhost")], View("worst"))[HEAD_LINES]
    assert line.isprintable()


def test_columns_do_not_depend_on_the_page() -> None:
    hosts = [*MANY, host("a-name-that-is-much-longer", State.OK)]
    first, last = (texts(hosts, View("host", page=page))[HEAD_LINES - 1] for page in (1, 7))
    assert first == last


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", View("worst")),
        (" ", View("worst", page=1)),
        ("    ", View("worst", page=2)),  # three pages are all there are
        (" b", View("worst")),
        ("b", View("worst")),
        ("s", View("host")),
        ("ss", View("site")),
        ("r", View("worst", reverse=True)),
        (" s", View("host")),
        ("rxr?", View("worst")),
    ],
)
def test_keys(keys: str, expected: View) -> None:
    assert pressed(View("worst"), keys, hosts=25, rows=10) == expected


def test_the_orders_go_round() -> None:
    assert pressed(View("worst"), "s" * len(ORDERS), 25, 10) == View("worst")


def test_a_page_that_is_there_no_more() -> None:
    assert pressed(View("worst", page=9), "b", hosts=25, rows=10) == View("worst", page=1)
