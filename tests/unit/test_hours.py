"""Windows of the week: over midnight, over the end of the week, over the changes of the clock."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancton.config.hours import window
from plancton.core.hours import DAY_MINUTES, DAYS, Hours, within
from plancton.readings import LocalTime, Missing
from plancton.sensors import wallclock

WEEK_MINUTES = len(DAYS) * DAY_MINUTES

days = st.frozensets(st.integers(0, 6), min_size=1)
windows = st.builds(Hours, days, st.integers(0, DAY_MINUTES - 1), st.integers(1, DAY_MINUTES)).filter(
    lambda found: found.begin != found.end
)
moments = st.builds(LocalTime, st.integers(0, 6), st.integers(0, DAY_MINUTES - 1))


def hours(written: str) -> Hours:
    found = window().read(written)
    assert isinstance(found, Hours)
    return found


def at(written: str) -> LocalTime:
    day, clock = written.split(" ")
    hour, minute = clock.split(":")
    return LocalTime(DAYS.index(day), int(hour) * 60 + int(minute))


@pytest.mark.parametrize(
    ("written", "inside", "outside"),
    [
        (
            "mon-fri 19:00-07:00",
            ["mon 19:00", "tue 06:59", "sat 06:59"],
            ["mon 06:59", "sat 07:00", "sun 23:00"],
        ),
        ("sun 22:00-06:00", ["sun 22:00", "mon 05:59"], ["sun 05:59", "mon 06:00", "mon 22:00"]),
        ("sat,sun", ["sat 00:00", "sun 23:59"], ["fri 23:59", "mon 00:00"]),
        ("12:00-13:00", ["mon 12:00", "sun 12:59"], ["mon 11:59", "sun 13:00"]),
        ("mon 22:00-24:00", ["mon 23:59"], ["tue 00:00", "mon 21:59"]),
    ],
)
def test_a_window_belongs_to_the_day_on_which_it_begins(
    written: str, inside: list[str], outside: list[str]
) -> None:
    assert all(hours(written).covers(at(moment)) for moment in inside)
    assert not any(hours(written).covers(at(moment)) for moment in outside)


@given(windows, moments)
def test_a_window_covers_the_minutes_that_follow_its_begins(found: Hours, moment: LocalTime) -> None:
    """Told again in minutes since Monday, going round at the end of the week."""
    length = (found.end - found.begin) % DAY_MINUTES or DAY_MINUTES
    since_monday = moment.weekday * DAY_MINUTES + moment.minute
    begins = [day * DAY_MINUTES + found.begin for day in found.days]
    assert found.covers(moment) == any((since_monday - begin) % WEEK_MINUTES < length for begin in begins)


@given(windows)
def test_what_is_written_is_read_again(found: Hours) -> None:
    assert hours(str(found)) == found


@given(st.lists(windows, max_size=4), moments)
def test_any_window_will_do_and_none_covers_nothing(found: list[Hours], moment: LocalTime) -> None:
    assert within(found, moment) == any(one.covers(moment) for one in found)


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Central Europe's rule, written out: the test must not depend on a table of time zones."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    yield
    monkeypatch.undo()
    time.tzset()


def minutes_of(day: str, hours_long: int) -> list[LocalTime]:
    """What the wall shows, minute by minute, from a midnight on."""
    time.tzset()
    begin = int(time.mktime(time.strptime(day, "%Y-%m-%d")))
    found = [wallclock.read(begin + minute * 60.0) for minute in range(hours_long * 60)]
    return [shown for shown in found if isinstance(shown, LocalTime)]


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("day", "open_minutes"),
    [
        ("2026-03-28", 60),
        ("2026-03-29", 0),  # at 2:00 the clock is put forward to 3:00
        ("2026-10-25", 120),  # at 3:00 it is put back to 2:00
    ],
)
def test_an_hour_that_the_clock_skips_is_never_and_one_that_it_repeats_is_twice(
    day: str, open_minutes: int
) -> None:
    assert sum(hours("2:00-3:00").covers(minute) for minute in minutes_of(day, 23)) == open_minutes


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(("day", "length"), [("2026-03-28", 11), ("2026-10-24", 13), ("2026-10-26", 12)])
def test_a_night_over_a_change_of_the_clock_ends_by_the_clock(day: str, length: int) -> None:
    night = hours("19:00-07:00")
    assert sum(night.covers(minute) for minute in minutes_of(day, 36)[12 * 60 :]) == length * 60


@pytest.mark.usefixtures("berlin")
def test_the_clock_on_the_wall_is_the_hosts_and_follows_a_change_of_its_zone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = 1_790_000_000.0  # a Monday, 14:13 UTC
    assert wallclock.read(moment) == LocalTime(0, 16 * 60 + 13)
    monkeypatch.setenv("TZ", "JST-9")
    assert wallclock.read(moment) == LocalTime(0, 23 * 60 + 13)
    assert isinstance(wallclock.read(1e30), Missing)
