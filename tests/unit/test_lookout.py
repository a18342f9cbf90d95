"""The thread that reads: what is asked for, soon, and never in the loop's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plancton.cgroup import Hierarchy
from plancton.core.hours import Hours
from plancton.core.thresholds import Battery, Thresholds
from plancton.readings import DiskReading, LocalTime, Missing, PowerReading, Signals, readable
from plancton.sensors.lookout import NOT_YET, STALE_SECONDS, Lookout, Place, Sensors
from tests.unit.makers import WALL
from tests.unit.office import Clock, until

FULL = DiskReading("/", 100, 1)
OFF = Thresholds(battery=Battery.IGNORE, disk_free_least_share=None)
ALL = Thresholds((Hours(frozenset({1})),), 900.0, ("game",), Battery.STOP, 80.0, 0.1, 0.1, 0.1, 0.1)


def never(*_: object) -> Any:
    raise AssertionError("nobody asked for this")


def sensors(**read: Callable[..., Any]) -> Sensors:
    """Those that are given; the others must not be read."""
    rest = dict.fromkeys(("presence", "applications", "power", "temperature", "pressure", "disk"), never)
    return Sensors(**{**rest, **read})


def settled(lookout: Lookout, asked: Thresholds, place: Place | None = None) -> Signals:
    """What it says as soon as everything has been read."""
    latest = lookout.read(asked, place or Place(), WALL)

    def done() -> bool:
        nonlocal latest
        latest = lookout.read(asked, place or Place(), WALL)
        return NOT_YET not in vars(latest).values()

    until(done)
    return latest


def test_only_what_is_asked_for_is_read() -> None:
    lookout = Lookout(sensors(disk=lambda _: FULL))
    asked = Thresholds(battery=Battery.IGNORE)
    assert settled(lookout, asked) == Signals(disk=FULL)


def test_where_nothing_slow_is_asked_for_there_is_no_thread() -> None:
    before = threading.active_count()
    lookout = Lookout(sensors())
    assert lookout.read(OFF, Place(), WALL) == Signals()
    lookout.look()
    clock_only = Thresholds((Hours(frozenset({1})),), battery=Battery.IGNORE, disk_free_least_share=None)
    assert isinstance(lookout.read(clock_only, Place(), WALL).clock, LocalTime)
    assert threading.active_count() == before


def test_sensors_are_told_where_to_look() -> None:
    told: dict[str, object] = {}

    def note(name: str) -> Callable[..., None]:
        return lambda *words: told.update({name: words})

    names = ("presence", "applications", "power", "temperature", "pressure", "disk")
    lookout = Lookout(Sensors(**{name: note(name) for name in names}))
    hierarchy = Hierarchy(True, Path("/cg"), Path("/cg"))
    settled(lookout, ALL, Place("/docker", hierarchy, "plancton.slice"))
    until(lambda: told.get("disk") == ("/docker",))
    assert told == {
        "presence": (),
        "applications": (("game",), "plancton.slice"),
        "power": (),
        "temperature": (),
        "pressure": (hierarchy, "plancton.slice"),
        "disk": ("/docker",),
    }


def test_a_sensor_that_raises_is_missing_and_the_others_are_read() -> None:
    def broken() -> Any:
        raise RuntimeError("no such luck")

    found = settled(Lookout(sensors(power=broken, disk=lambda _: FULL)), Thresholds())
    assert found.power == Missing("the sensor has failed: RuntimeError('no such luck')")
    assert found.disk == FULL
    assert readable(found) == {"power": False, "disk": True}


def test_a_sensor_that_hangs_holds_nobody_up_and_is_named() -> None:
    gate, clock = threading.Event(), Clock()

    def hang() -> Any:
        gate.wait(30.0)
        return PowerReading(on_battery=False)

    lookout = Lookout(sensors(power=hang, disk=lambda _: FULL), clock)
    began = time.monotonic()
    assert lookout.read(Thresholds(), Place(), WALL).power == NOT_YET
    clock.now += STALE_SECONDS + 1.0
    stale = lookout.read(Thresholds(), Place(), WALL)
    assert time.monotonic() - began < 5.0
    assert stale.disk == stale.power == Missing("no reading for 31 s: power hangs")
    gate.set()
    until(lambda: lookout.read(Thresholds(), Place(), WALL).power == PowerReading(on_battery=False))


def test_a_change_of_what_is_asked_for_is_taken_in_at_once() -> None:
    lookout = Lookout(sensors(disk=lambda root: DiskReading(str(root), 1, 1), power=lambda: None))
    settled(lookout, Thresholds())
    until(lambda: lookout.read(Thresholds(), Place("/new"), WALL).disk == DiskReading("/new", 1, 1))
    assert lookout.read(OFF, Place("/new"), WALL) == Signals()


def test_a_thread_that_nobody_asks_ends_and_comes_back() -> None:
    clock = Clock()
    lookout = Lookout(sensors(disk=lambda _: FULL, power=lambda: None), clock, every_seconds=0.01)
    others = set(threading.enumerate())
    settled(lookout, Thresholds())
    (thread,) = [one for one in set(threading.enumerate()) - others if one.name == "lookout"]
    clock.now += 3600.0
    thread.join(10.0)
    assert not thread.is_alive()
    assert settled(lookout, Thresholds()).disk == FULL
