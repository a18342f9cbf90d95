"""record: what the sensors of this host see, into a file."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from plancton import cgroup
from plancton.alarm import Alarm
from plancton.cli.client import config_for
from plancton.config.schema import Config
from plancton.engine.base import EngineError
from plancton.engine.make import make_engine
from plancton.recording.recorder import CannotRecord
from plancton.recording.recorder import record as write
from plancton.recording.writing import Reading
from plancton.sensors import cpu, memory
from plancton.sensors.pool import PoolSensor


def record(options: argparse.Namespace) -> int:
    """`plancton record FILE`: until it is interrupted, or for so many seconds."""
    config = config_for(options.config, given=options.config_given)
    alarm = Alarm()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: alarm.ring())
    try:
        count = write(options.file, _sensors(config), config.interval_seconds, alarm, options.seconds)
    except CannotRecord as error:
        print(f"plancton: {error}", file=sys.stderr)
        return 2
    print(f"{options.file}: {count} readings")
    return 0


def _sensors(config: Config) -> Callable[[], Reading]:
    # The agent's own cgroup driver is the engine's. On a host without an engine there are no pilots
    # either, and then it does not matter.
    driver = "cgroupfs"
    with suppress(EngineError):
        driver = make_engine(config, fake=False).facts().cgroup_driver
    try:
        pool = PoolSensor(cgroup.Pool(config.name, driver, cgroup.hierarchy_here()))
    except (OSError, cgroup.NoHierarchy) as error:
        raise CannotRecord(f"the pilots' CPU cannot be told from the owner's: {error}") from None
    return lambda: _look(pool)


def _look(pool: PoolSensor) -> Reading:
    # The two CPU counters close together: their difference is the owner.
    at, host, pilots = time.monotonic(), cpu.read(), pool.read()
    return Reading(at, host, pilots, memory.read())
