"""What came of the actions becomes memory: back-off, deaths of our own doing, leftovers."""

from __future__ import annotations

import pytest

from plancton.core.decide import decide
from plancton.core.learn import REAP_AGAIN_SECONDS, learn, remember
from plancton.core.memory import Backoff, Memory
from plancton.core.policy import Policy
from plancton.model import Action, Done, Ending, Failed, Kill, Pilot, Reap, Reason, Start
from tests.unit.makers import NOW, WALL, calm, pilot, seen

POLICY = Policy(backoff_first_seconds=5.0, backoff_max_seconds=600.0, fizzle_seconds=30.0)
START = Start("default-1", "default", WALL)


def failed(action: Action = START, at: float = NOW) -> Failed:
    return Failed(action, at, 0.1, "no such network")


def reaped(which: Pilot, lifetime: float, exit_code: int = 0) -> Done:
    ending = Ending(exit_code, out_of_memory=False, lifetime_seconds=lifetime)
    return Done(Reap(which), NOW, 0.1, ending=ending)


def killed(which: Pilot) -> Done:
    return Done(Kill(which, Reason.OWNER_CPU, NOW), NOW, 0.1)


def waits_of(failures: int) -> list[float]:
    """Each failure comes as soon as the wait before is over."""
    memory, waits, now = Memory(), [], NOW
    for _ in range(failures):
        memory = learn(POLICY, memory, [failed(at=now)], WALL)
        waits.append(memory.backoff.retry_at - now)
        now = memory.backoff.retry_at
    return waits


def test_the_wait_doubles_up_to_the_longest() -> None:
    assert waits_of(9) == [5, 10, 20, 40, 80, 160, 320, 600, 600]


def test_a_year_of_failures_does_not_overflow() -> None:
    assert waits_of(3000)[-1] == 600


def test_several_failures_of_one_moment_count_once() -> None:
    memory = learn(POLICY, Memory(), [failed(), failed(at=NOW + 1), reaped(pilot(2), 3.0)], WALL)
    assert (memory.backoff.failures, memory.backoff.retry_at) == (1, NOW + 5.0)


def test_the_reason_is_kept_for_people() -> None:
    assert learn(POLICY, Memory(), [failed()], WALL).backoff.why == "pilot did not start: no such network"
    fizzled = learn(POLICY, Memory(), [reaped(pilot(), 2.4, exit_code=7)], WALL)
    assert fizzled.backoff.why == "pilot ended after 2 s with exit code 7"


@pytest.mark.parametrize(("lifetime", "failures"), [(0.0, 1), (29.9, 1), (30.0, 0), (9e9, 0)])
def test_a_pilot_that_ends_young_has_fizzled_whatever_its_exit_code(lifetime: float, failures: int) -> None:
    assert learn(POLICY, Memory(), [reaped(pilot(), lifetime)], WALL).backoff.failures == failures


def test_a_pilot_that_we_killed_young_is_no_fizzle() -> None:
    memory = learn(POLICY, Memory(), [killed(pilot()), reaped(pilot(), 2.0, exit_code=137)], WALL)
    assert memory.backoff == Backoff()
    assert memory.killed == {}


def test_a_failed_kill_is_not_a_kill_and_its_pilot_may_fizzle() -> None:
    memory = learn(POLICY, Memory(), [failed(killed(pilot()).action)], WALL)
    assert memory.killed == {}
    assert learn(POLICY, memory, [reaped(pilot(), 2.0)], WALL).backoff.failures == 1


def test_a_pilot_that_is_gone_before_it_could_be_asked_is_no_fizzle() -> None:
    assert learn(POLICY, Memory(), [Done(Reap(pilot()), NOW, 0.1)], WALL).backoff == Backoff()


def test_a_refused_reap_is_tried_again_later() -> None:
    memory = learn(POLICY, Memory(), [failed(Reap(pilot()))], WALL)
    assert memory.not_before == {pilot().id: NOW + REAP_AGAIN_SECONDS}
    assert memory.backoff == Backoff()
    assert learn(POLICY, memory, [reaped(pilot(), 99.0)], WALL).not_before == {}


def test_an_action_is_in_flight_until_it_is_answered() -> None:
    memory = remember(Memory(), [START, Reap(pilot(2))])
    assert set(memory.in_flight) == {"default-1", pilot(2).id}
    memory = learn(POLICY, memory, [failed()], WALL)
    assert set(memory.in_flight) == {pilot(2).id}


def test_only_what_was_done_corrects_the_listing() -> None:
    done = killed(pilot(1))
    assert learn(POLICY, Memory(), [done, failed()], WALL).recent == (done,)


@pytest.mark.parametrize(
    ("began", "age", "forgiven"),
    [(WALL - 100, 60.0, True), (WALL - 100, 20.0, False), (WALL - 40, 60.0, False)],
)
def test_a_pilot_begun_after_the_failure_that_lives_long_enough_ends_the_back_off(
    began: float,
    age: float,
    forgiven: bool,  # noqa: FBT001
) -> None:
    memory = Memory(owner=calm().owner, backoff=Backoff(4, NOW - 1, began, "pilot ended"))
    after, _ = decide(POLICY, memory, seen([pilot(age=age)]))
    assert (after.backoff == Backoff()) is forgiven
