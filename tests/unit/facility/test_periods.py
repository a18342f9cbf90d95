"""Days and months of the local calendar, and what is left of them at both ends."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancton.facility.periods import Every, Period, days, parts, periods, start_of_month


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.usefixtures("in_berlin")
def test_months_and_what_is_left_of_them() -> None:
    found = periods(at("2026-01-30 12:00"), at("2026-03-02 06:00"), Every.MONTH)
    assert found == [
        Period(at("2026-01-30 12:00"), at("2026-02-01"), "2026-01"),
        Period(at("2026-02-01"), at("2026-03-01"), "2026-02"),
        Period(at("2026-03-01"), at("2026-03-02 06:00"), "2026-03"),
    ]


@pytest.mark.usefixtures("in_berlin")
def test_a_day_on_which_clocks_are_changed_has_23_or_25_hours() -> None:
    spring = periods(at("2026-03-28"), at("2026-03-31"), Every.DAY)
    assert [period.seconds / 3600 for period in spring] == [24, 23, 24]
    autumn = periods(at("2026-10-24"), at("2026-10-27"), Every.DAY)
    assert [period.seconds / 3600 for period in autumn] == [24, 25, 24]


def test_whole_days_have_no_empty_neighbours() -> None:
    found = periods(at("2026-02-01"), at("2026-02-03"), Every.DAY)
    assert [period.name for period in found] == ["2026-02-01", "2026-02-02"]


def test_without_a_length_there_is_one_without_a_name() -> None:
    assert periods(5.0, 7.5, None) == [Period(5.0, 7.5)]


@given(st.floats(1.6e9, 1.9e9), st.floats(1.0, 90 * 86400.0), st.sampled_from(Every))
def test_periods_adjoin_and_cover_the_whole(start: float, seconds: float, every: Every) -> None:
    found = periods(start, start + seconds, every)
    assert (found[0].start, found[-1].end) == (start, start + seconds)
    assert all(a.end == b.start and a.seconds > 0 for a, b in pairwise(found))
    assert len({period.name for period in found}) == len(found)


def test_days_and_parts_of_a_period() -> None:
    week = Period(at("2026-02-01 10:00"), at("2026-02-03 10:00"))
    assert [day.seconds / 3600 for day in days(week)] == [14, 24, 10]
    assert parts(Period(0.0, 12.0), 3) == [Period(0.0, 4.0), Period(4.0, 8.0), Period(8.0, 12.0)]


def test_the_start_of_this_month() -> None:
    assert start_of_month(at("2026-02-17 09:30")) == at("2026-02-01")
