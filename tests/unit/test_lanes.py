"""Calls of one sort never wait for another's."""

from __future__ import annotations

import threading
from queue import SimpleQueue

from plancton.lanes import Lane

PATIENCE = 20.0


def test_calls_of_a_lane_are_made_in_their_order() -> None:
    lane, made = Lane("list", 1), SimpleQueue[int]()
    for number in range(50):
        lane.run(lambda n=number: made.put(n))  # type: ignore[misc]
    assert [made.get(timeout=PATIENCE) for _ in range(50)] == list(range(50))


def test_a_call_that_hangs_delays_no_other_lane() -> None:
    hung, release, done = threading.Event(), threading.Event(), threading.Event()
    one, other = Lane("start", 1), Lane("kill", 1)

    def hang() -> None:
        hung.set()
        release.wait(PATIENCE)

    one.run(hang)
    assert hung.wait(PATIENCE)
    one.run(done.set)
    free = threading.Event()
    other.run(free.set)
    assert free.wait(PATIENCE)
    assert not done.is_set()
    release.set()
    assert done.wait(PATIENCE)


def test_a_wide_lane_makes_so_many_calls_at_a_time_and_no_more() -> None:
    lane, together = Lane("kill", 3), threading.Barrier(4)
    fourth = threading.Event()

    def meet() -> None:
        together.wait(PATIENCE)

    for _ in range(3):
        lane.run(meet)
    lane.run(fourth.set)
    assert not fourth.is_set()
    together.wait(PATIENCE)
    assert fourth.wait(PATIENCE)


def test_threads_are_made_when_needed_and_kept() -> None:
    lane, named = Lane("reap-test", 8), SimpleQueue[str]()
    for _ in range(20):
        lane.run(lambda: named.put(threading.current_thread().name))
        named.get(timeout=PATIENCE)
    threads = [t for t in threading.enumerate() if t.name.startswith("reap-test")]
    assert 1 <= len(threads) <= 2
    assert all(t.daemon for t in threads)


def test_a_call_that_breaks_its_promise_not_to_raise_does_not_block_the_lane() -> None:
    lane, done = Lane("list", 1), threading.Event()

    def fail() -> None:
        raise KeyError

    lane.run(fail)
    lane.run(done.set)
    assert done.wait(PATIENCE)
