"""Stories of a host that lends to several kinds of pilots in shares."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from plancton.core.limits import LimitName
from plancton.core.policy import Kind, Policy
from plancton.model import Freeze, Kill, Missing, PilotState, Reason, Start, Stop
from tests.unit.makers import GIB, at_once
from tests.unit.simulated_host import SimulatedHost, Tick
from tests.unit.test_scenarios import FULL, reasons, total

ALICE, LOCAL = Kind("alice", share=60.0), Kind("local", share=40.0)


def host_of(*kinds: Kind, policy: Policy | None = None, **others: Any) -> SimulatedHost:
    return SimulatedHost(replace(policy or at_once(), named=kinds), **others)


def running(host: SimulatedHost) -> dict[str, int]:
    alive = [p.kind for p in host.pilots.values() if p.state is PilotState.RUNNING]
    return {kind: alive.count(kind) for kind in sorted({*alive, *(k.name for k in host.policy.kinds)})}


def started(ticks: list[Tick], kind: str) -> list[float]:
    """When a pilot of the kind was started."""
    return [t.at for t in ticks for a in t.decision.actions if isinstance(a, Start) and a.kind == kind]


# --- shares


def test_an_empty_host_fills_in_shares_one_kind_after_the_other() -> None:
    host = host_of(ALICE, LOCAL)
    ticks = host.run(80)
    kinds = [a.kind for tick in ticks for a in tick.decision.actions if isinstance(a, Start)]
    assert kinds == ["alice", "local", "alice", "local", "alice", "alice", "local"]
    assert running(host) == {"alice": 4, "local": 3}


@pytest.mark.parametrize("lives", [{"alice": 300.0, "local": 900.0}, {"alice": 900.0, "local": 300.0}])
def test_shares_hold_within_one_pilot_whatever_the_kinds_live_for(lives: dict[str, float]) -> None:
    host = host_of(ALICE, LOCAL, lives=lives, owner=lambda t: 2.0 * (t % 3000 < 400))
    host.run(600)
    for _ in range(400):
        host.run(9)
        cores = host.cores_of()
        whole = sum(cores.values())
        if whole == FULL:
            assert abs(cores["alice"] - 0.6 * whole) <= 1.0


def test_three_kinds_get_their_shares_over_a_day() -> None:
    kinds = [Kind("a", share=5.0), Kind("b", share=3.0), Kind("c", share=2.0)]
    host = host_of(*kinds, cores=11, lives={"a": 500.0, "b": 700.0, "c": 1100.0})
    host.run(600)
    sums = dict.fromkeys("abc", 0.0)
    for _ in range(600):
        host.run(7)
        sums = {kind: sums[kind] + cores for kind, cores in host.cores_of().items()}
    whole = sum(sums.values())
    assert [round(sums[kind] / whole, 1) for kind in "abc"] == [0.5, 0.3, 0.2]


def test_a_big_kind_and_a_small_one_share_cores_and_not_numbers() -> None:
    big, small = Kind("big", share=50.0, cpus=4.0), Kind("small", share=50.0, cpus=1.0)
    host = host_of(big, small, cores=9)
    host.run(100)
    assert running(host) == {"big": 1, "small": 4}


def test_what_does_not_fit_is_passed_over_and_leaves_no_core_idle() -> None:
    big, small = Kind("big", share=90.0, cpus=4.0), Kind("small", share=10.0, cpus=1.0)
    host = host_of(big, small, cores=7)
    ticks = host.run(100)
    assert running(host) == {"big": 1, "small": 2}
    assert ticks[-1].decision.target == 3


def test_what_does_not_fit_by_memory_is_passed_over_too() -> None:
    """16 GiB less 1.6 of reserve: one of 10, and beside it the small ones fill the cores."""
    rich = Kind("rich", share=80.0, memory_bytes=10 * GIB)
    poor = Kind("poor", share=20.0, memory_bytes=GIB // 2)
    host = host_of(rich, poor)
    host.run(100)
    assert running(host) == {"poor": FULL - 1, "rich": 1}


def test_without_a_second_kind_nothing_is_different() -> None:
    alone, named = SimulatedHost(at_once()), host_of(replace(Kind(), share=3.0))
    for host in (alone, named):
        host.owner = lambda t: 5.0 * (t % 400 < 100)
        host.life_seconds = 700.0
    one, other = (
        [(t.decision.target, t.decision.binding, t.decision.actions) for t in host.run(2000)]
        for host in (alone, named)
    )
    assert one == other


# --- giving way

# The reserve is whole at every moment: that keeps the sums short.
WHOLE = Policy(reserve_after_seconds=0.0)


def test_the_youngest_go_until_the_cores_are_free_whatever_their_kind() -> None:
    big, small = Kind("big", share=50.0, cpus=4.0), Kind("small", share=50.0, cpus=1.0)
    host = host_of(big, small, cores=9, policy=WHOLE, owner=lambda t: 2.0 * (t > 100))
    host.run(100)
    youngest = sorted(host.pilots.values(), key=lambda p: p.created_at)[-2:]
    ticks = host.run(5)
    frozen = [a.pilot.id for t in ticks for a in t.decision.actions if isinstance(a, Freeze)]
    assert set(frozen) == {p.id for p in youngest}
    assert sum(host.cores_of().values()) == 6.0


def test_memory_is_taken_back_in_bytes_and_not_in_pilots() -> None:
    """Three GiB are short: the youngest is of half a GiB, the one before it of four."""
    policy = at_once(kill_after_seconds=60.0)
    first = Kind("first", share=60.0, memory_bytes=4 * GIB)
    second = Kind("second", share=40.0, memory_bytes=GIB // 2)
    host = host_of(first, second, cores=3, policy=policy, others_memory=lambda t: 12.9 * GIB * (t > 100))
    host.run(100)
    assert running(host) == {"first": 1, "second": 1}
    ticks = host.run(10)
    assert (total(ticks, Kill), reasons(ticks)) == (2, {Reason.MEMORY})


def test_frozen_pilots_of_two_sizes_go_on_as_far_as_they_fit() -> None:
    big, small = Kind("big", share=50.0, cpus=4.0), Kind("small", share=50.0, cpus=1.0)
    host = host_of(
        big, small, cores=9, policy=Policy(), owner=lambda t: 0.0 if t < 100 else 9.0 if t < 120 else 4.0
    )
    host.run(119)
    assert host.count(PilotState.FROZEN) == 5
    host.run(30)
    used = sum(host.cores_of().values())
    assert 3.0 <= used <= 4.5
    host.owner = lambda _: 0.0
    host.run(200)
    assert running(host) == {"big": 1, "small": 4}


# --- kinds that fail


def test_a_kind_that_fizzles_waits_and_probes_while_the_other_takes_its_place() -> None:
    host = host_of(ALICE, LOCAL, lives={"alice": 2.0, "local": 400.0}, exit_code=1)
    ticks = host.run(3600)
    assert running(host)["local"] >= FULL - 1
    probes = started(ticks, "alice")
    assert 5 <= len(probes) <= 15
    late = [tick for tick in ticks if tick.at > 200]
    assert max(sum(p.kind == "alice" for p in t.seen.known.alive) for t in late) <= 1
    assert {t.decision.binding.name for t in late} <= {LimitName.CPU, LimitName.CALM}
    (quota,) = [q for q in ticks[-1].decision.kinds if q.kind.name == "alice"]
    assert quota.failures >= 5


def test_a_healed_kind_gets_its_share_back_as_pilots_end() -> None:
    host = host_of(ALICE, LOCAL, lives={"alice": 2.0, "local": 400.0}, exit_code=1)
    host.run(600)
    host.lives["alice"] = 600.0
    host.run(600 + 700)
    cores = host.cores_of()
    assert abs(cores["alice"] - 0.6 * FULL) <= 1.0
    assert sum(cores.values()) >= FULL - 1


def test_when_all_kinds_fail_the_back_off_is_the_reason() -> None:
    host = host_of(ALICE, LOCAL, life_seconds=2.0, exit_code=1)
    ticks = host.run(600)
    waiting = [t for t in ticks if t.at > 300 and not t.seen.known.alive and not t.seen.known.starting]
    assert {t.decision.binding.name for t in waiting} == {LimitName.BACKOFF}
    assert "alice: pilot ended after " in waiting[-1].decision.binding.because
    assert "; local: pilot ended after " in waiting[-1].decision.binding.because


def test_one_kind_at_its_number_and_the_other_failing_still_gets_its_probe() -> None:
    host = host_of(replace(ALICE, max_pilots=2), LOCAL, lives={"local": 2.0}, exit_code=1)
    ticks = host.run(900)
    assert running(host)["alice"] == 2
    assert 4 <= len(started(ticks, "local")) <= 15


def test_a_kind_without_an_image_leaves_the_host_to_the_others() -> None:
    away = {"alice": Missing("no such image")}
    host = host_of(ALICE, LOCAL, images=lambda t: away if t < 300 else {}, life_seconds=400.0)
    host.run(200)
    assert running(host) == {"alice": 0, "local": FULL}
    host.run(600)
    assert abs(host.cores_of()["alice"] - 0.6 * FULL) <= 1.0


def test_a_kind_without_its_software_leaves_the_host_to_the_others_and_its_pilots_go_on() -> None:
    dead: dict[str, Missing | None] = {"alice": Missing("/cvmfs does not answer: a look hangs")}
    alive: dict[str, Missing | None] = {"alice": None}
    host = host_of(ALICE, LOCAL, software=lambda t: dead if 200 <= t < 800 else alive, life_seconds=400.0)
    host.run(190)
    before = running(host)["alice"]
    assert before > 0
    ticks = host.run(150)
    assert running(host)["alice"] == before
    assert (total(ticks, Stop), total(ticks, Kill)) == (0, 0)
    ticks = host.run(450)
    assert started(ticks, "alice") == []
    assert running(host) == {"alice": 0, "local": FULL}
    host.run(700)
    assert abs(host.cores_of()["alice"] - 0.6 * FULL) <= 1.0


# --- a configuration that changes


def test_a_kind_that_leaves_the_configuration_stays_until_it_ends_and_is_not_replaced() -> None:
    host = host_of(ALICE, LOCAL, life_seconds=500.0)
    host.run(100)
    before = running(host)
    host.policy = replace(host.policy, named=(LOCAL, Kind("new", share=60.0)))
    ticks = host.run(100)
    assert running(host) == {**before, "new": 0}
    assert (total(ticks, Start), total(ticks, Stop), total(ticks, Kill)) == (0, 0, 0)
    host.run(500)
    assert running(host) == {"local": 3, "new": 4}


def test_pilots_of_a_kind_that_left_go_by_the_hosts_own_time() -> None:
    host = host_of(ALICE, LOCAL)
    host.run(100)
    host.policy = replace(host.policy, default=Kind(ttl_seconds=300.0), named=(LOCAL,))
    ticks = host.run(300)
    assert reasons(ticks) == {Reason.EXPIRED}
    assert running(host) == {"local": FULL}


def test_a_number_that_is_lowered_ends_the_youngest_of_that_kind_only() -> None:
    host = host_of(ALICE, LOCAL)
    host.run(100)
    oldest = min((p for p in host.pilots.values() if p.kind == "alice"), key=lambda p: p.created_at)
    host.policy = replace(host.policy, named=(replace(ALICE, max_pilots=1), LOCAL))
    ticks = host.run(60)
    stops = [a for tick in ticks for a in tick.decision.actions if isinstance(a, Stop)]
    assert [(a.pilot.kind, a.reason) for a in stops] == [("alice", Reason.POOL_SIZE)] * 3
    assert oldest.id in host.pilots
    assert running(host) == {"alice": 1, "local": FULL - 1}


def test_a_kind_is_emptied_by_the_number_zero_and_then_is_no_reason() -> None:
    host = host_of(ALICE, LOCAL)
    host.run(100)
    host.policy = replace(host.policy, named=(replace(ALICE, max_pilots=0), LOCAL))
    ticks = host.run(60)
    assert running(host) == {"alice": 0, "local": FULL}
    assert ticks[-1].decision.binding.name is not LimitName.MAX_PILOTS


def test_numbers_of_all_kinds_together_are_the_reason_when_they_bind() -> None:
    host = host_of(replace(ALICE, max_pilots=1), replace(LOCAL, max_pilots=2))
    ticks = host.run(100)
    assert running(host) == {"alice": 1, "local": 2}
    last = ticks[-1].decision
    assert (last.target, last.binding.name) == (3, LimitName.MAX_PILOTS)
    assert last.binding.because == "alice: max_pilots is 1; local: max_pilots is 2"


def test_slow_starts_of_a_kind_that_failed_are_taken_back_and_those_of_the_other_are_not() -> None:
    host = host_of(ALICE, LOCAL, start_seconds=15.0, policy=at_once(ramp_pilots=FULL))
    host.run(70)
    started_before = {s.kind for s in host.ticks[-1].seen.known.starting}
    host.policy = replace(host.policy, named=(LOCAL,))
    decision = host.run(1)[-1].decision
    assert started_before == {"alice", "local"}
    assert {name.partition("-")[0] for name in decision.cancelled} == {"alice"}
