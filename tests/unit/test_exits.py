"""What a pilot says by its exit code."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancton.core.exits import CODES, Exit, exit_of
from plancton.model import Ending, PilotState, Reap
from tests.unit.makers import pilot

REAP = Reap(pilot())


def ending(code: int, *, out_of_memory: bool = False) -> Ending:
    return Ending(code, out_of_memory, 99.0)


def test_the_codes_are_those_of_sysexits() -> None:
    assert CODES == {
        os.EX_OK: Exit.DONE,
        os.EX_UNAVAILABLE: Exit.UNREACHABLE,
        os.EX_TEMPFAIL: Exit.NO_WORK,
        os.EX_NOPERM: Exit.DENIED,
    }


@pytest.mark.parametrize(("code", "told"), [*CODES.items(), (1, Exit.FAILED), (137, Exit.KILLED)])
def test_a_code_is_one_outcome(code: int, told: Exit) -> None:
    assert exit_of(REAP, ending(code)) is told


@given(st.integers(0, 255).filter(lambda code: code not in {*CODES, 137}))
def test_any_other_code_is_a_failure(code: int) -> None:
    assert exit_of(REAP, ending(code)) is Exit.FAILED


@pytest.mark.parametrize("code", CODES)
def test_the_code_of_one_that_we_ended_says_nothing(code: int) -> None:
    assert exit_of(REAP, ending(code), stopped=True) is Exit.STOPPED
    assert exit_of(REAP, ending(code), stopped=True, killed=True) is Exit.KILLED
    assert exit_of(REAP, ending(code, out_of_memory=True)) is Exit.OUT_OF_MEMORY


@pytest.mark.parametrize("code", CODES)
def test_what_never_ran_has_said_nothing(code: int) -> None:
    created = Reap(replace(pilot(), state=PilotState.CREATED))
    assert exit_of(created, ending(code)) is Exit.FAILED


def test_who_is_gone_without_a_word_is_unknown() -> None:
    assert exit_of(REAP, None) is Exit.UNKNOWN
