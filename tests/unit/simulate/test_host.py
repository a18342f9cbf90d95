"""Time, work and memory on the simulated host, to the tenth of a second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancton.model import PilotState
from plancton.simulate.contest import play
from plancton.simulate.crew import PilotSize
from plancton.simulate.demand import Machine, Step
from plancton.simulate.host import Host
from plancton.simulate.orders import Verb
from plancton.simulate.score import Score
from tests.unit.simulate.makers import EIGHT, GIB, Scripted, demand, host


def start(number: int = 1) -> object:
    def do(host: Host) -> None:
        for _ in range(number):
            host.order(Verb.START)

    return do


def to_all(verb: Verb) -> object:
    def do(host: Host) -> None:
        for worker in host.crew.alive:
            host.order(verb, worker)

    return do


def played(script: dict[float, object], *steps: tuple[float, float], seconds: float, **more: object) -> Score:
    of = demand(*steps, seconds=seconds)
    return play(Scripted(script), host(of, **more), of)  # type: ignore[arg-type]


def test_a_start_takes_three_tenths_of_a_second_and_a_kill_one() -> None:
    score = played({10: start(2), 20: to_all(Verb.KILL)}, seconds=100)
    assert score.harvested == pytest.approx(2 * (20.1 - 10.3))
    assert score.lost == pytest.approx(score.harvested)
    assert score.actions == 4
    assert score.seconds == 100


def test_a_frozen_pilot_uses_no_cpu_and_loses_nothing() -> None:
    score = played({0: start(), 10: to_all(Verb.FREEZE), 50: to_all(Verb.THAW)}, seconds=60)
    assert score.harvested == pytest.approx((10.1 - 0.3) + (60 - 50.1))
    assert (score.lost, score.actions) == (0, 3)


def test_a_frozen_pilot_keeps_its_memory() -> None:
    it = host(demand())
    it.order(Verb.START)
    it.advance(1)
    free = it.available_bytes
    it.order(Verb.FREEZE, it.crew.alive[0])
    it.advance(2)
    assert it.crew.alive[0].state is PilotState.FROZEN
    assert it.available_bytes == free == 16 * GIB - GIB - GIB // 2


def test_a_pilot_that_is_asked_to_end_hands_its_job_back_within_two_seconds() -> None:
    score = played({0: start(), 10: to_all(Verb.STOP)}, seconds=60)
    assert score.harvested == pytest.approx(12.1 - 0.3)
    assert score.lost == pytest.approx(12.1 - 0.3)


def test_a_frozen_pilot_that_is_asked_to_end_is_thawed_for_that() -> None:
    score = played({0: start(), 5: to_all(Verb.FREEZE), 10: to_all(Verb.STOP)}, seconds=60)
    assert score.harvested == pytest.approx((5.1 - 0.3) + (12.1 - 10.1))
    assert score.actions == 3


def test_a_pilot_ends_by_itself_when_its_work_is_done_and_nothing_is_lost() -> None:
    it = host(demand((100.0, 8.0)), job=150.0)
    it.order(Verb.START)
    it.advance(99.9)
    assert it.steady_until == 100.0
    it.advance(200)
    # From 100 s on it gets three hundredths of a core.
    assert it.steady_until == pytest.approx(100 + (150 - 99.7) / 0.03)
    it.advance(it.steady_until)
    assert (it.crew.alive, it.crew.ended[0].exit_code, it.score.lost) == ([], 0, 0)
    assert it.score.harvested == pytest.approx(150.0)


def test_a_start_in_the_place_of_a_pilot_that_ended_by_itself_is_no_action() -> None:
    it = host(demand(), job=10.0)
    for _ in range(3):
        it.order(Verb.START)
        it.advance(it.now + 60)
    assert (it.score.actions, len(it.crew.ended)) == (1, 3)


def test_an_ended_pilot_is_there_until_it_is_removed() -> None:
    it = host(demand(), job=10.0)
    it.order(Verb.START)
    it.advance(60)
    it.order(Verb.REAP, it.crew.ended[0])
    it.advance(61)
    assert (it.crew.workers, it.score.actions) == ({}, 1)


def test_what_is_stolen_is_counted_and_noticed_above_two_hundredths() -> None:
    score = played({0: start(8)}, (100.0, 1.0), (200.0, 8.0), seconds=300)
    # A core beside eight pilots on eight: all of it is wanted by both.
    assert score.stolen == pytest.approx(100 * 0.03 + 100 * 0.24)
    assert score.impact == 200
    assert score.wanted == 900


def test_a_daemon_that_is_late_is_not_noticed() -> None:
    score = played({0: start(8)}, (100.0, 0.2), seconds=300)
    assert score.stolen > 0
    assert score.impact == 0


def test_the_kernel_ends_the_youngest_pilots_when_the_memory_is_gone() -> None:
    steps = (Step(0.0, 0.0, GIB, present=False), Step(100.0, 1.0, 15 * GIB, present=False))
    of = demand(seconds=200)
    it = Host(type(of)("test", EIGHT, 200.0, steps), PilotSize())
    for _ in range(4):
        it.order(Verb.START)
    it.advance(200)
    assert [(w.number, w.out_of_memory) for w in it.crew.ended] == [(3, True), (4, True)]
    assert it.score.impact == 2
    assert it.score.lost == pytest.approx(2 * 99.7)
    assert it.score.actions == 4


def test_counters_can_be_foreseen_as_long_as_nothing_happens() -> None:
    it = host(demand((100.0, 4.0)))
    it.order(Verb.START)
    it.advance(50)
    foreseen = it.counters(90.0)
    it.advance(90)
    assert it.counters() == pytest.approx(foreseen)


def test_the_keyboard_is_idle_from_the_moment_somebody_leaves() -> None:
    steps = tuple(Step(at, 0.0, GIB, present) for at, present in ((0.0, False), (10.0, True), (20.0, False)))
    it = Host(type(demand())("test", EIGHT, 100.0, steps), PilotSize())
    assert it.keyboard_idle == float("inf")
    it.advance(15)
    assert it.keyboard_idle == 0
    it.advance(50)
    assert it.keyboard_idle == 30


VERBS = st.sampled_from([Verb.START, Verb.START, Verb.FREEZE, Verb.THAW, Verb.STOP, Verb.KILL, Verb.REAP])


@given(
    orders=st.lists(st.tuples(st.integers(0, 299), VERBS, st.integers(0, 9)), max_size=40),
    owner=st.lists(st.floats(0, 4), min_size=1, max_size=10),
)
def test_no_core_second_is_made_or_lost(orders: list[tuple[int, Verb, int]], owner: list[float]) -> None:
    """Whatever is ordered: the sums hold, and each pilot's work adds up to what was harvested."""
    machine = Machine(4, 16 * GIB)
    of = demand(*((30.0 * i, c) for i, c in enumerate(owner)), seconds=300.0, machine=machine)
    it, gone = host(of, job=50.0), 0.0
    for second in range(300):
        for _, verb, which in (order for order in orders if order[0] == second):
            workers = list(it.crew.workers.values())
            if verb is Verb.REAP:
                workers = it.crew.ended
            if verb is Verb.START:
                it.order(verb)
            elif workers:
                it.order(verb, workers[which % len(workers)])
        it.advance(second + 1.0)
        gone += sum(
            w.done for o, w in it.answers() if o.verb is Verb.REAP and w and w.state is PilotState.ENDED
        )
    score, counters = it.score, it.counters()
    done = [
        it.crew.clock - w.mark if w.state is PilotState.RUNNING else w.done for w in it.crew.workers.values()
    ]
    assert score.harvested == pytest.approx(sum(done) + gone, abs=1e-6)
    assert counters.busy == pytest.approx(score.harvested + score.wanted - score.stolen, abs=1e-6)
    assert counters.busy <= 4 * 300 + 1e-6
    assert 0 <= score.lost <= score.harvested + 1e-6
    assert all(-1e-6 <= seconds <= 50.0 + 1e-5 for seconds in done)
