"""A sleep that ends early when it is rung, also from a signal handler."""

from __future__ import annotations

import os
import signal
import threading
import time

from plancton.alarm import Alarm


def test_nobody_rings() -> None:
    assert not Alarm().wait(0.01)


def test_a_ring_before_the_sleep_counts_once() -> None:
    alarm = Alarm()
    for _ in range(100_000):  # more than a pipe holds
        alarm.ring()
    assert alarm.wait(60.0)
    while alarm.wait(0.0):
        pass
    assert not alarm.wait(0.01)


def test_another_thread_ends_the_sleep() -> None:
    alarm = Alarm()
    threading.Timer(0.05, alarm.ring).start()
    began = time.monotonic()
    assert alarm.wait(60.0)
    assert time.monotonic() - began < 30.0


def test_a_signal_handler_ends_the_sleep() -> None:
    alarm = Alarm()
    before = signal.signal(signal.SIGUSR1, lambda *_: alarm.ring())
    try:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        assert alarm.wait(60.0)
    finally:
        signal.signal(signal.SIGUSR1, before)
