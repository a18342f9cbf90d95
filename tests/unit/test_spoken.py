"""Moments and durations, word for word."""

from __future__ import annotations

import pytest

from plancton.spoken import duration, moment, printable
from tests.unit.makers import WALL


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5.0, "0m00s"),
        (7.9, "0m07s"),
        (3599.0, "59m59s"),
        (9999.0, "2h46m"),
        (86_400.0, "1d00h"),
        (1e6, "11d13h"),
    ],
)
def test_a_duration_has_two_units(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@pytest.mark.usefixtures("in_berlin")
def test_a_moment_is_local_and_has_its_day_unless_it_is_today() -> None:
    assert moment(WALL, WALL) == "16:13:20"
    assert moment(WALL - 86_400, WALL) == "2026-09-20 16:13:20"


def test_what_moves_a_cursor_is_not_printed() -> None:
    assert printable("grün und groß…") == "grün und groß…"
    assert printable("a\x1b[2Jb\nc\ud800") == "a?[2Jb?c?"
