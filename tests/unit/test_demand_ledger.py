"""For which jobs hosts are sent: each job once, whoever asks, however often."""

from __future__ import annotations

import pytest

from plancton.demand.ledger import CLAIM_SECONDS, MOST_ASKERS, YOUNG_SECONDS, Ask, Ledger, Look, unserved
from plancton.model import COMING_SECONDS

ONE, TWO, FOUR = (1, 1000), (2, 2000), (4, 4000)


def ask(who: str = "a", most: int = 8, coming: int = 0, size: tuple[int, int] = TWO) -> Ask:
    return Ask(who, size, coming, most)


def test_both_ends_count_a_pilot_as_coming_for_the_same_time() -> None:
    assert YOUNG_SECONDS == COMING_SECONDS


def test_nothing_waits_nothing_is_granted() -> None:
    assert Ledger().ask(ask(), Look({}), 0.0) == (0, 0)


def test_two_hosts_are_not_sent_for_one_job() -> None:
    ledger, look = Ledger(), Look({ONE: 3})
    assert [ledger.ask(ask(who, most=2), look, 0.0) for who in "abc"] == [(3, 2), (3, 1), (3, 0)]


def test_only_jobs_that_would_fit_count() -> None:
    look = Look({ONE: 1, (1, 2001): 5, FOUR: 9})
    assert Ledger().ask(ask(), look, 0.0) == (1, 1)
    assert Ledger().ask(ask(size=FOUR, most=100), look, 0.0) == (15, 15)


def test_who_asks_again_is_granted_the_same_and_not_more() -> None:
    ledger, look = Ledger(), Look({ONE: 3})
    assert [ledger.ask(ask(), look, t)[1] for t in (0.0, 5.0)] == [3, 3]
    assert ledger.ask(ask(most=6, coming=2), look, 10.0)[1] == 1


def test_a_claim_of_one_who_has_gone_lapses() -> None:
    ledger, look = Ledger(), Look({ONE: 3})
    ledger.ask(ask("a"), look, 0.0)
    assert ledger.ask(ask("b"), look, CLAIM_SECONDS - 0.1)[1] == 0
    assert ledger.ask(ask("b"), look, CLAIM_SECONDS)[1] == 3


def test_slots_that_wait_take_jobs_first() -> None:
    assert Ledger().ask(ask(), Look({ONE: 3}, waiting={TWO: 2}), 0.0) == (3, 1)
    # A slot that is too small takes none.
    assert Ledger().ask(ask(size=FOUR), Look({FOUR: 1}, waiting={ONE: 5}), 0.0) == (1, 1)


def test_a_pilot_that_is_a_slot_already_is_not_waited_for_twice() -> None:
    """Its job is no idle one any more."""
    ledger = Ledger()
    assert ledger.ask(ask(coming=1), Look({ONE: 1}), 0.0)[1] == 0
    assert ledger.ask(ask(coming=1), Look({ONE: 1}, young={TWO: 1}), 0.0)[1] == 1
    # Young slots of nobody who asks are no licence for more.
    assert ledger.ask(ask(), Look({ONE: 1}, young={TWO: 5}), 0.0)[1] == 1


def test_a_stranger_who_invents_names_fills_no_memory() -> None:
    ledger, look = Ledger(), Look({ONE: 10**6})
    for number in range(MOST_ASKERS):
        ledger._claims[f"{number:x}", TWO] = (1e9, 1)  # noqa: SLF001 - asked one by one they take minutes
    assert ledger.ask(ask("f" * 16), look, 0.0)[1] == 0
    assert len(ledger._claims) == MOST_ASKERS  # noqa: SLF001


@pytest.mark.parametrize(
    ("jobs", "slots", "left"),
    [
        ({ONE: 2}, {TWO: 1}, {ONE: 1}),
        ({ONE: 1, TWO: 1}, {TWO: 1}, {ONE: 1, TWO: 0}),
        ({ONE: 1, FOUR: 1}, {FOUR: 1, ONE: 1}, {ONE: 0, FOUR: 0}),
        ({FOUR: 1}, {ONE: 4}, {FOUR: 1}),
    ],
)
def test_the_smallest_slots_are_filled_first_and_with_the_largest_jobs(
    jobs: dict[tuple[int, int], int], slots: dict[tuple[int, int], int], left: dict[tuple[int, int], int]
) -> None:
    assert unserved(jobs, slots) == left
