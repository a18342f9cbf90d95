"""In which waves donors are reached, and what ends a roll-out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit import loaded


def donors(number: int) -> list[str]:
    return [f"pc{n:03}" for n in range(1, number + 1)]


def waves(number: int, canaries: list[str] | None = None, marks: list[Any] | None = None) -> list[list[str]]:
    found: list[list[str]] = loaded.plugin("rollout").rollout_waves(donors(number), canaries or [], marks)
    return found


@pytest.mark.parametrize(
    ("number", "sizes"),
    [
        (0, []),
        (1, [1]),
        (2, [2]),
        (3, [3]),
        (4, [1, 3]),
        (5, [1, 2, 2]),
        (10, [1, 4, 5]),
        (30, [1, 2, 12, 15]),
        (200, [1, 19, 80, 100]),
        (1000, [1, 99, 400, 500]),
    ],
)
def test_each_wave_is_larger_than_the_one_before_and_few_hosts_are_reached_at_once(
    number: int, sizes: list[int]
) -> None:
    found = waves(number)
    assert [len(wave) for wave in found] == sizes
    assert [name for wave in found for name in wave] == donors(number)


def test_canaries_come_first_however_few_donors_there_are() -> None:
    assert waves(2, ["pc002"]) == [["pc002"], ["pc001"]]
    assert waves(5, ["pc004", "pc002"]) == [["pc002", "pc004"], ["pc001", "pc003", "pc005"]]
    assert waves(2, ["pc001", "pc002"]) == [["pc001", "pc002"]]


def test_canaries_that_cannot_be_reached_are_stood_in_for() -> None:
    assert waves(5, ["away"]) == waves(5)
    assert waves(2, ["away"]) == [["pc001", "pc002"]]


@pytest.mark.parametrize(
    ("marks", "sizes"),
    [([], [10]), (["30%"], [1, 2, 7]), ([4, "80%"], [1, 3, 4, 2]), ([10], [1, 9]), ([5000], [1, 9])],
)
def test_the_marks_can_be_set(marks: list[Any], sizes: list[int]) -> None:
    assert [len(wave) for wave in waves(10, None, marks)] == sizes


def verdict(wave: int, failed: list[str], percent: int = 30) -> str:
    alive = [name for name in donors(20) if name not in failed]
    told: str = loaded.plugin("rollout").rollout_verdict(waves(20), wave, alive, percent)
    return told


def test_a_first_wave_that_fails_as_a_whole_ends_it() -> None:
    assert verdict(0, []) == ""
    assert verdict(0, ["pc001"]) == (
        "stopped after wave 1 of 3: 1 of its 1 donors did not become ready (pc001); "
        "not reached, and untouched: pc002, pc003, pc004, pc005, pc006 and 14 more"
    )


def test_a_later_wave_ends_it_when_too_many_of_its_own_fail() -> None:
    assert len(waves(20)[1]) == 9
    assert verdict(1, donors(20)[:3]) == ""  # two of nine: the first is of the wave before
    assert verdict(1, donors(20)[1:4], percent=34) == ""
    assert verdict(1, donors(20)[1:4]).startswith("stopped after wave 2 of 3: 3 of its 9 donors did not")
    assert verdict(1, donors(20)[1:2], percent=0) != ""


def test_after_the_last_wave_nothing_is_left_to_stop() -> None:
    assert verdict(2, donors(20)) == ""


def problems(**donors_settings: dict[str, Any]) -> list[str]:
    groups = {"donors": list(donors_settings), "canaries": ["a"]}
    found: list[str] = loaded.plugin("rollout").rollout_problems(groups, donors_settings)
    return found


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, []),
        ({"rollout_waves": ["10%", 50, "100%"], "rollout_max_failures_percent": "0"}, []),
        ({"rollout_wave": 1}, ["a: rollout_wave is not a known variable"]),
        ({"rollout_waves": 3}, ['rollout_waves must be a list such as ["10%", "50%"], not 3']),
        (
            {"rollout_waves": ["120%"]},
            ["rollout_waves: 120% is neither a number of donors, such as 5, nor a part of them, such as 10%"],
        ),
        (
            {"rollout_max_failures_percent": "many"},
            ["rollout_max_failures_percent must be a number from 0 to 100, not many"],
        ),
    ],
)
def test_settings_that_make_no_sense_are_told(settings: dict[str, Any], says: list[str]) -> None:
    assert problems(a=settings) == says


def test_what_holds_for_the_whole_run_cannot_differ() -> None:
    assert problems(a={"rollout_waves": []}, b={}) == [
        "rollout_waves differs from donor to donor: it holds for all of them, as in [all:vars]"
    ]


def test_canaries_are_donors() -> None:
    assert problems(b={}) == ["the group canaries names a: not in donors"]
