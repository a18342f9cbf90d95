"""The youngest go first: they have the least work to lose."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plancton.core.rank import victims
from plancton.model import Pilot
from tests.unit.makers import crew, pilot


def test_the_youngest_go_first() -> None:
    oldest, middle, youngest = crew(3)
    assert victims([middle, youngest, oldest], 2) == [youngest, middle]


def test_never_more_than_there_are_and_none_for_a_negative_count() -> None:
    assert victims(crew(2), 5) == list(reversed(crew(2)))
    assert victims(crew(2), 0) == victims(crew(2), -3) == []


@given(st.permutations([pilot(n, age=60.0) for n in range(5)]), st.integers(0, 5))
def test_the_order_of_the_listing_does_not_matter(shuffled: list[Pilot], count: int) -> None:
    same_age = [pilot(n, age=60.0) for n in range(5)]
    assert victims(shuffled, count) == victims(same_age, count)
