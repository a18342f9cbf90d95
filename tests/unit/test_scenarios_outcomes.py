"""Stories of pilots that end with one exit code or another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plancton.core.limits import LimitName
from plancton.core.policy import Kind, Policy
from plancton.model import Reason, Start, Stop, Tell, Wish, WishKind
from tests.unit.makers import WALL, at_once, of_one
from tests.unit.simulated_host import SimulatedHost, Tick
from tests.unit.test_scenarios import FULL, reasons, settled, total
from tests.unit.test_scenarios_kinds import ALICE, LOCAL, host_of, running, started

NO_WORK, DENIED = 75, 77


def starts_at(ticks: list[Tick]) -> list[float]:
    return [tick.at for tick in ticks if tick.count(Start)]


def busy_share(ticks: list[Tick]) -> float:
    return sum(tick.alive for tick in ticks) / (FULL * len(ticks))


def test_jobs_of_twenty_seconds_keep_the_host_busy() -> None:
    host = SimulatedHost(at_once(), life_seconds=20.0)
    host.run(120)
    ticks = host.run(900)
    assert busy_share(ticks) > 0.8
    assert not {t.decision.binding.name for t in ticks} & {LimitName.PACE, LimitName.BACKOFF}


def test_pilots_that_end_well_at_once_are_not_started_each_second_for_ever() -> None:
    host = SimulatedHost(at_once(), life_seconds=1.0)
    host.run(600)
    ticks = host.run(1200)
    assert total(ticks, Start) <= 1200 / 20
    assert {t.decision.binding.name for t in ticks} <= {LimitName.PACE, LimitName.CALM, LimitName.CPU}
    assert LimitName.PACE in {t.decision.binding.name for t in ticks}
    assert {q.failures for t in ticks for q in t.decision.kinds} == {0}


def test_when_there_are_real_jobs_again_the_host_is_busy_within_minutes() -> None:
    host = SimulatedHost(at_once(), life_seconds=1.0)
    host.run(900)
    host.life_seconds = 20.0
    host.run(240)
    assert busy_share(host.run(300)) > 0.8


def test_a_long_job_after_many_short_ones_opens_the_host() -> None:
    host = SimulatedHost(at_once(), life_seconds=1.0)
    host.run(900)
    host.life_seconds = 1e9
    host.run(30 + 31 + FULL + 10)
    assert host.alive == FULL


def test_a_kind_whose_pilots_are_short_leaves_the_host_to_the_other() -> None:
    host = host_of(ALICE, LOCAL, lives={"alice": 1.0, "local": 400.0})
    ticks = host.run(1800)
    assert running(host)["local"] >= FULL - 1
    assert len(started(ticks[600:], "alice")) <= 1200 / 20


# The clocks of the defaults, six times as fast.
QUICK = Kind(no_work_first_seconds=10.0, no_work_max_seconds=100.0, backoff_max_seconds=100.0)


def test_without_work_one_pilot_looks_for_it_now_and_then() -> None:
    host = SimulatedHost(of_one(QUICK), life_seconds=40.0, exit_code=NO_WORK)
    ticks = host.run(1800)
    late = [at for at in starts_at(ticks) if at > 600]
    assert 7 <= len(late) <= 9
    assert max(t.alive for t in ticks if t.at > 200) == 1
    waiting = [t for t in ticks if t.at > 600 and not t.alive and not t.seen.known.starting]
    assert {t.decision.binding.name for t in waiting} == {LimitName.NO_WORK}
    assert "the pilot found no work (" in waiting[-1].decision.binding.because
    assert {q.failures for t in ticks for q in t.decision.kinds} == {0}


def test_the_first_that_finds_work_opens_the_whole_host() -> None:
    host = SimulatedHost(of_one(QUICK), life_seconds=40.0, exit_code=NO_WORK)
    host.run(900)
    host.life_seconds, host.exit_code = 1e9, 0
    ticks = host.run(100 + 80 + FULL + 10)
    assert host.alive == FULL
    (first, second, *_) = starts_at(ticks)
    assert second - first <= 82


def test_a_short_job_opens_it_as_soon_as_it_is_done() -> None:
    host = SimulatedHost(of_one(QUICK), life_seconds=40.0, exit_code=NO_WORK)
    host.run(900)
    host.life_seconds, host.exit_code = 5.0, 0
    ticks = host.run(200)
    (first, second, *_) = starts_at(ticks)
    assert second - first <= 8


def test_a_kind_without_work_leaves_its_place_to_the_other() -> None:
    host = host_of(ALICE, LOCAL, lives={"alice": 20.0, "local": 400.0}, codes={"alice": NO_WORK})
    ticks = host.run(1800)
    assert running(host)["local"] >= FULL - 1
    assert len(started(ticks, "alice")) <= 14


def test_a_refused_credential_backs_off_however_long_the_pilots_try() -> None:
    host = SimulatedHost(of_one(QUICK), life_seconds=50.0, exit_code=DENIED)
    ticks = host.run(1500)
    assert ticks[-1].decision.kinds[0].failures >= 5
    assert max(t.alive for t in ticks if t.at > 300) == 1
    late = [at for at in starts_at(ticks) if at > 750]
    assert len(late) <= 6


@pytest.mark.parametrize("code", [1, 69, NO_WORK, DENIED])
def test_nothing_is_started_in_place_of_the_last_one_before_its_code_is_known(code: int) -> None:
    """Slow reaps: for five seconds nobody knows how the only pilot has ended."""
    host = SimulatedHost(at_once(max_pilots=1), life_seconds=10.0, exit_code=code, kill_seconds=5.0)
    (first, second, *_) = starts_at(host.run(400))
    wait = 60.0 if code == NO_WORK else 5.0
    assert second - first >= 10 + 5 + wait


HEARS = Kind(drain_signal="SIGUSR1")


def test_a_drain_is_told_to_each_pilot_once_and_nothing_is_started_after_it() -> None:
    drain = Wish(WishKind.DRAIN, at=WALL + 100.0)
    host = settled(SimulatedHost(at_once(default=HEARS), wish=lambda t: drain if t >= 100 else Wish()))
    ticks = host.run(60)
    assert (total(ticks, Tell), len(set(host.told)), host.alive) == (FULL, FULL, 0)
    assert (total(ticks, Start), total(ticks, Stop)) == (0, 0)


def test_who_does_not_hear_it_is_stopped_at_the_deadline() -> None:
    drain = Wish(WishKind.DRAIN, at=WALL + 100.0, deadline=WALL + 400.0)
    host = settled(SimulatedHost(Policy(), wish=lambda t: drain if t >= 100 else Wish()))
    before = host.run(299)
    assert (host.alive, total(before, Stop)) == (FULL, 0)
    after = host.run(60)
    assert (host.alive, total(after, Stop), reasons(after)) == (0, FULL, {Reason.DRAINED})


def test_a_pilot_that_is_deaf_to_the_stop_is_killed_after_its_grace() -> None:
    drain = Wish(WishKind.DRAIN, at=WALL + 100.0, deadline=WALL + 200.0)
    policy = Policy(default=replace(HEARS, drain_signal=None, stop_grace_seconds=20.0))
    host = settled(SimulatedHost(policy, wish=lambda t: drain if t >= 100 else Wish(), stop_seconds=1e9))
    host.run(115)
    assert host.alive == FULL
    host.run(30)
    assert host.alive == 0


@pytest.mark.parametrize("lifetime", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("reap_seconds", [0.1, 1.5, 4.0])
def test_a_place_that_is_free_is_not_given_to_a_kind_that_may_just_have_failed(
    lifetime: float, reap_seconds: float
) -> None:
    """Five kinds, one place each; four of them say soon that it was in vain."""
    codes = {"a": 1, "b": 69, "c": NO_WORK, "d": DENIED, "honest": 0}
    kinds = [Kind(name, backoff_first_seconds=600.0, no_work_first_seconds=600.0) for name in codes]
    lives = {**dict.fromkeys("abcd", lifetime), "honest": 1.0}
    policy = at_once(ramp_pilots=5, max_pilots=5)
    host = host_of(*kinds, policy=policy, codes=codes, lives=lives, kill_seconds=reap_seconds)
    ticks = host.run(200)
    assert {name: len(started(ticks, name)) for name in "abcd"} == dict.fromkeys("abcd", 1)
    assert len(started(ticks, "honest")) > 5
