"""The window knows the largest value of the last so many seconds, and how far back it sees."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plancton.core.window import Window

steps = st.lists(st.tuples(st.floats(0.25, 20.0), st.floats(0.0, 64.0)), min_size=1, max_size=60)


def push_all(length: float, series: list[tuple[float, float]]) -> tuple[Window, list[tuple[float, float]]]:
    window, now, readings = Window(), 100.0, []
    for step, value in series:
        now += step
        readings.append((now, value))
        window = window.push(now, value, length)
    return window, readings


@given(st.floats(1.0, 100.0), st.floats(0.0, 1.0), steps)
def test_the_peak_is_the_brute_force_maximum_of_the_last_seconds(
    length: float, share: float, series: list[tuple[float, float]]
) -> None:
    window, readings = push_all(length, series)
    now, last = readings[-1][0], share * length
    assert window.peak_of_last(now, last) == max(value for at, value in readings if at >= now - last)


@given(st.floats(1.0, 100.0), steps)
def test_peaks_fall_so_that_a_quiet_host_costs_one_pair(
    length: float, series: list[tuple[float, float]]
) -> None:
    window, _ = push_all(length, series)
    values = [value for _, value in window.peaks]
    assert values == sorted(set(values), reverse=True)


def test_it_covers_a_length_only_after_readings_for_so_long() -> None:
    window = Window().push(10.0, 0.5, 60.0)
    assert not window.covers(69.9, 60.0)
    assert window.covers(70.0, 60.0)


def test_an_empty_window_covers_nothing_and_has_no_peak() -> None:
    assert not Window().covers(1e9, 0.0)
    assert Window().peak_of_last(1e9, 60.0) == 0.0


def test_a_spike_is_forgotten_when_it_is_older_than_the_window() -> None:
    window = Window().push(0.0, 4.0, 60.0)
    for second in range(1, 61):
        window = window.push(float(second), 0.1, 60.0)
    assert window.peak_of_last(60.0, 60.0) == 4.0
    assert window.push(61.0, 0.1, 60.0).peak_of_last(61.0, 60.0) == 0.1
