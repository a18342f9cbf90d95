"""The moments in which pilots weigh as much as anybody, and that they end."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from plancton.boost import Boost
from plancton.cgroup import Pool, is_lowest, lower
from tests.unit.fake_cgroups import hierarchy_in, pool_in
from tests.unit.makers import pilot
from tests.unit.office import HungEngine, Office, kill, until


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    found = pool_in(tmp_path, 2)
    lower(found)
    return found


def boost_of(pool: Pool, longest_seconds: float = 60.0) -> Boost:
    found = Boost(longest_seconds)
    found.pool = pool
    return found


def test_pilots_weigh_as_much_as_anybody_while_somebody_holds_it(pool: Pool) -> None:
    boost = boost_of(pool)
    with boost.held():
        with boost.held():
            assert not is_lowest(pool)
        assert not is_lowest(pool), "the other still holds it"
    assert is_lowest(pool)
    with boost.settled() as settled:
        assert settled


def test_it_ends_by_itself_whoever_holds_it(pool: Pool) -> None:
    boost = boost_of(pool, longest_seconds=0.05)
    with boost.held():
        until(lambda: is_lowest(pool))
        with boost.held():
            assert not is_lowest(pool), "a later one is not the fault of one that hangs"
            until(lambda: is_lowest(pool))


def test_it_ends_with_the_agent(pool: Pool) -> None:
    boost = boost_of(pool)
    with boost.held():
        boost.end()
        assert is_lowest(pool)
    assert is_lowest(pool)


def test_without_a_pool_or_the_right_to_write_nothing_happens(tmp_path: Path) -> None:
    with Boost().held():
        pass
    with boost_of(Pool("none", "cgroupfs", hierarchy_in(tmp_path, 2))).held():
        pass
    assert not (tmp_path / "none").exists()


def test_whatever_threads_do_it_ends_with_the_lowest_weight(pool: Pool) -> None:
    boost = boost_of(pool, longest_seconds=0.002)

    def hold() -> None:
        for _ in range(50):
            with boost.held():
                time.sleep(0.001)

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert is_lowest(pool)


def test_the_desk_boosts_for_giving_way_and_for_nothing_else(pool: Pool) -> None:
    engine = HungEngine()
    office = Office(engine)
    office.desk.boost.pool = pool
    office.desk.listing()
    until(lambda: engine.asked == 1)
    assert is_lowest(pool)
    office.desk.perform([kill(pilot())])
    until(lambda: not is_lowest(pool))
    engine.gate.set()
    office.wait(1)
    assert is_lowest(pool)
