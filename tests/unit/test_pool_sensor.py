"""The pilots' CPU, all together every tick and one by one in turns."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from plancton.model import Missing, PoolCounters
from plancton.sensors.pool import AT_ONCE, MOST_TURNS, PoolSensor
from tests.unit.fake_cgroups import ONE, TWO, pool_in, use

versions = pytest.mark.parametrize("version", [1, 2])
IDS = [f"{number:064x}" for number in range(1, 33)]


def read(sensor: PoolSensor) -> PoolCounters:
    reading = sensor.read()
    assert isinstance(reading, PoolCounters)
    return reading


@versions
def test_an_empty_pool_has_a_counter_and_no_members(tmp_path: Path, version: int) -> None:
    assert read(PoolSensor(pool_in(tmp_path, version))) == PoolCounters(2.5, frozenset(), {}, 7000)


@versions
def test_a_parent_that_does_not_exist_has_used_nothing(tmp_path: Path, version: int) -> None:
    pool = pool_in(tmp_path, version)
    shutil.rmtree(pool.accounting)
    assert read(PoolSensor(pool)) == PoolCounters(0.0, frozenset())


@versions
def test_every_member_is_read_once_in_a_round_of_turns(tmp_path: Path, version: int) -> None:
    pool = pool_in(tmp_path, version)
    for seconds, name in enumerate(IDS):
        use(pool, seconds, name)
    sensor = PoolSensor(pool)
    rounds = [read(sensor) for _ in range(MOST_TURNS)]
    assert all(reading.members == frozenset(IDS) for reading in rounds)
    assert max(len(reading.member_cpu_seconds) for reading in rounds) == -(-len(IDS) // MOST_TURNS)
    merged = {name: used for reading in rounds for name, used in reading.member_cpu_seconds.items()}
    assert merged == {name: float(seconds) for seconds, name in enumerate(IDS)}
    assert sum(len(reading.member_cpu_seconds) for reading in rounds) == len(IDS)


@versions
def test_a_few_members_are_read_every_time(tmp_path: Path, version: int) -> None:
    pool = pool_in(tmp_path, version)
    for name in IDS[:AT_ONCE]:
        use(pool, 1.0, name)
    sensor = PoolSensor(pool)
    assert all(len(read(sensor).member_cpu_seconds) == AT_ONCE for _ in range(3))


@versions
def test_a_member_that_vanishes_between_the_reads_is_left_out(tmp_path: Path, version: int) -> None:
    pool = pool_in(tmp_path, version)
    (pool.accounting / ONE).mkdir()
    use(pool, 3.0, TWO)
    sensor = PoolSensor(pool)
    found: dict[str, float] = {}
    for _ in range(MOST_TURNS):
        found.update(read(sensor).member_cpu_seconds)
    assert found == {TWO: 3.0}


@versions
def test_one_pilot_can_be_read_before_it_is_killed(tmp_path: Path, version: int) -> None:
    pool = pool_in(tmp_path, version)
    use(pool, 4.25, ONE)
    sensor = PoolSensor(pool)
    assert sensor.read_one(ONE) == 4.25
    assert sensor.read_one(TWO) is None


@versions
def test_a_counter_that_is_none_is_missing(tmp_path: Path, version: int) -> None:
    pool = pool_in(tmp_path, version)
    (pool.accounting / ("cpu.stat" if version == 2 else "cpuacct.usage")).write_text("?\n")
    assert isinstance(PoolSensor(pool).read(), Missing)


@versions
def test_a_parent_that_is_no_directory_is_missing(tmp_path: Path, version: int) -> None:
    pool = pool_in(tmp_path, version)
    shutil.rmtree(pool.accounting)
    pool.accounting.write_text("")
    assert isinstance(PoolSensor(pool).read(), Missing)
