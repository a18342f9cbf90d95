"""The wait before pilots use room again."""

from __future__ import annotations

from hypothesis import given

from plancton.core.memory import Restless
from plancton.core.patience import SOON_WAITS, calm_seconds, disturbed, let_in, thaw_seconds
from plancton.core.policy import Policy
from tests.unit.strategies import policies, restless

POLICY = Policy(thaw_after_seconds=10.0, thaw_most_seconds=60.0, calm_seconds=30.0)


def after(gaps: list[float]) -> Restless:
    """The owner comes back so many seconds after pilots were let in, time after time."""
    found = Restless()
    for gap in gaps:
        found = disturbed(POLICY, let_in(found, 1000.0), 1000.0 + gap)
    return found


def test_it_doubles_with_each_soon_return_up_to_its_limit() -> None:
    waits = [thaw_seconds(POLICY, after([5.0] * times)) for times in range(6)]
    assert waits == [10.0, 20.0, 40.0, 60.0, 60.0, 60.0]


def test_soon_is_measured_by_the_wait_itself() -> None:
    assert after([SOON_WAITS * 10.0 - 1]).times == 1
    assert after([SOON_WAITS * 10.0]).times == 0
    assert after([5.0, SOON_WAITS * 20.0 - 1]).times == 2


def test_left_in_peace_it_starts_over() -> None:
    assert thaw_seconds(POLICY, after([5.0, 5.0, 5.0, 500.0])) == 10.0


def test_an_owner_who_comes_again_while_nobody_was_let_in_is_counted_once() -> None:
    once = after([5.0])
    assert disturbed(POLICY, once, 1010.0) == once


def test_starts_wait_as_long_but_never_shorter_than_the_calm_window() -> None:
    waits = [calm_seconds(POLICY, after([5.0] * times)) for times in range(4)]
    assert waits == [30.0, 30.0, 40.0, 60.0]


@given(policies, restless)
def test_it_is_bounded_by_the_configuration_whatever_has_happened(policy: Policy, past: Restless) -> None:
    most = max(policy.thaw_most_seconds, policy.thaw_after_seconds)
    assert policy.thaw_after_seconds <= thaw_seconds(policy, past) <= most
    assert policy.calm_seconds <= calm_seconds(policy, past) <= max(policy.calm_seconds, most)
