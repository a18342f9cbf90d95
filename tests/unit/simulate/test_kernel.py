"""Who gets how much of the cores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancton.simulate.kernel import Weights, share


@pytest.mark.parametrize("weights", Weights)
def test_where_there_is_room_for_both_both_get_what_they_want(weights: Weights) -> None:
    assert share(3.0, 5.0, 8, weights) == (3.0, 5.0)


def test_with_the_lowest_weight_the_owner_misses_three_hundredths_of_the_cores_that_both_want() -> None:
    # As measured: two processes against two pilots on two cores take 1.03 times as long.
    got, used = share(2.0, 2.0, 2, Weights.LOWEST)
    assert 2.0 / got == pytest.approx(1.031, abs=0.001)
    assert used == pytest.approx(0.06)
    # One and a half cores beside seven pilots on eight: half a core is wanted by both.
    assert share(1.5, 7.0, 8, Weights.LOWEST) == pytest.approx((1.485, 6.515))


def test_with_equal_weights_everybody_is_cut_alike() -> None:
    assert share(2.0, 2.0, 2, Weights.EQUAL) == pytest.approx((1.0, 1.0))
    assert share(8.0, 4.0, 8, Weights.EQUAL) == pytest.approx((16 / 3, 8 / 3))


@given(
    owner=st.floats(0, 64),
    pilots=st.floats(0, 128),
    cores=st.integers(1, 64),
    weights=st.sampled_from(Weights),
)
def test_nobody_gets_more_than_asked_for_and_all_no_more_than_there_is(
    owner: float, pilots: float, cores: int, weights: Weights
) -> None:
    owner = min(owner, cores)
    got, used = share(owner, pilots, cores, weights)
    assert 0 <= got <= owner
    assert 0 <= used <= pilots
    assert got + used <= cores + 1e-9
    if owner + pilots >= cores:
        assert got + used == pytest.approx(cores)
