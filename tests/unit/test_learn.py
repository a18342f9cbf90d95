"""What came of the actions becomes memory: back-off, deaths of our own doing, leftovers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plancton.core.decide import decide
from plancton.core.learn import REAP_AGAIN_SECONDS, learn, remember
from plancton.core.memory import Backoff, Memory
from plancton.core.policy import Kind, Policy
from plancton.model import Action, Done, Ending, Failed, Kill, Pilot, Reap, Reason, Start
from tests.unit.makers import NOW, WALL, calm, pilot, seen

KIND = Kind(backoff_first_seconds=5.0, backoff_max_seconds=600.0, fizzle_seconds=30.0)
POLICY = Policy(default=KIND)
START = Start("default-1", "default", WALL)


def failed(action: Action = START, at: float = NOW) -> Failed:
    return Failed(action, at, 0.1, "no such network")


def reaped(which: Pilot, lifetime: float, exit_code: int = 1) -> Done:
    ending = Ending(exit_code, out_of_memory=False, lifetime_seconds=lifetime)
    return Done(Reap(which), NOW, 0.1, ending=ending)


def killed(which: Pilot) -> Done:
    return Done(Kill(which, Reason.OWNER_CPU, NOW), NOW, 0.1)


def backoff_of(memory: Memory, kind: str = "default") -> Backoff:
    return memory.backoffs.get(kind, Backoff())


def waits_of(failures: int) -> list[float]:
    """Each failure comes as soon as the wait before is over."""
    memory, waits, now = Memory(), [], NOW
    for _ in range(failures):
        memory = learn(POLICY, memory, [failed(at=now)], WALL)
        waits.append(backoff_of(memory).retry_at - now)
        now = backoff_of(memory).retry_at
    return waits


def test_the_wait_doubles_up_to_the_longest() -> None:
    assert waits_of(9) == [5, 10, 20, 40, 80, 160, 320, 600, 600]


def test_a_year_of_failures_does_not_overflow() -> None:
    assert waits_of(3000)[-1] == 600


def test_several_failures_of_one_moment_count_once() -> None:
    memory = learn(POLICY, Memory(), [failed(), failed(at=NOW + 1), reaped(pilot(2), 3.0)], WALL)
    assert (backoff_of(memory).failures, backoff_of(memory).retry_at) == (1, NOW + 5.0)


def test_the_reason_is_kept_for_people() -> None:
    assert backoff_of(learn(POLICY, Memory(), [failed()], WALL)).why == "pilot did not start: no such network"
    fizzled = learn(POLICY, Memory(), [reaped(pilot(), 2.4, exit_code=7)], WALL)
    assert backoff_of(fizzled).why == "pilot ended after 2 s with exit code 7"


@pytest.mark.parametrize(("lifetime", "failures"), [(0.0, 1), (29.9, 1), (30.0, 0), (9e9, 0)])
def test_a_pilot_that_fails_young_has_fizzled(lifetime: float, failures: int) -> None:
    assert backoff_of(learn(POLICY, Memory(), [reaped(pilot(), lifetime)], WALL)).failures == failures


def test_a_pilot_that_we_killed_young_is_no_fizzle() -> None:
    memory = learn(POLICY, Memory(), [killed(pilot()), reaped(pilot(), 2.0, exit_code=137)], WALL)
    assert memory.backoffs == {}
    assert memory.killed == {}


def test_a_failed_kill_is_not_a_kill_and_its_pilot_may_fizzle() -> None:
    memory = learn(POLICY, Memory(), [failed(killed(pilot()).action)], WALL)
    assert memory.killed == {}
    assert backoff_of(learn(POLICY, memory, [reaped(pilot(), 2.0)], WALL)).failures == 1


def test_a_pilot_that_is_gone_before_it_could_be_asked_is_no_fizzle() -> None:
    assert learn(POLICY, Memory(), [Done(Reap(pilot()), NOW, 0.1)], WALL).backoffs == {}


def test_a_refused_reap_is_tried_again_later() -> None:
    memory = learn(POLICY, Memory(), [failed(Reap(pilot()))], WALL)
    assert memory.not_before == {pilot().id: NOW + REAP_AGAIN_SECONDS}
    assert memory.backoffs == {}
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
    memory = Memory(owner=calm().owner, backoffs={"default": Backoff(4, NOW - 1, began, "pilot ended")})
    after, _ = decide(POLICY, memory, seen([pilot(age=age)]))
    assert (after.backoffs == {}) is forgiven


def test_each_kind_fails_by_itself_and_by_its_own_clocks() -> None:
    slow = Kind("slow", fizzle_seconds=600.0, backoff_first_seconds=60.0)
    policy = replace(POLICY, named=(slow, Kind("quick")))
    outcomes = [reaped(pilot(1, kind="slow"), 500.0), reaped(pilot(2, kind="quick"), 500.0)]
    memory = learn(policy, Memory(), [*outcomes, failed(Start("quick-1", "quick", WALL))], WALL)
    waits = {kind: backoff.retry_at - NOW for kind, backoff in memory.backoffs.items()}
    assert waits == {"slow": 60.0, "quick": 5.0}


def test_a_kind_that_has_left_the_configuration_is_forgotten() -> None:
    """Its pilots may still end as they like: none of them will be started again."""
    policy = replace(POLICY, named=(Kind("new"),))
    memory = learn(policy, Memory(), [reaped(pilot(1, kind="old"), 2.0)], WALL)
    assert memory.backoffs == {}
    memory = Memory(owner=calm().owner, backoffs={"old": Backoff(4, NOW + 9, WALL, "pilot ended")})
    assert decide(policy, memory, seen())[0].backoffs == {}


def test_a_kind_that_is_switched_off_has_no_failures() -> None:
    policy = replace(POLICY, named=(Kind("off", max_pilots=0), Kind("on")))
    failing = Backoff(9, NOW + 9, WALL, "pilot ended")
    memory = Memory(owner=calm().owner, backoffs={"off": failing, "on": failing})
    assert set(decide(policy, memory, seen())[0].backoffs) == {"on"}


def test_pilots_of_another_kind_prove_nothing() -> None:
    policy = replace(POLICY, named=(Kind("good"), Kind("bad")))
    memory = Memory(owner=calm().owner, backoffs={"bad": Backoff(4, NOW - 1, WALL - 600, "pilot ended")})
    after, _ = decide(policy, memory, seen([pilot(age=60.0, kind="good")]))
    assert set(after.backoffs) == {"bad"}
