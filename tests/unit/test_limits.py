"""Each concern and the number of pilots that it allows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plancton.core.growth import growth_of
from plancton.core.limits import UNLIMITED, Limit, LimitName, Rung, limits
from plancton.core.memory import Backoff, Memory
from plancton.core.observe import Pilots, Seen
from plancton.core.policy import Kind, Mode, Policy
from plancton.core.thresholds import SignalName
from plancton.core.window import Window
from plancton.model import Missing, Reason, Wish, WishKind
from tests.unit.makers import BLIND, NOW, WALL, calm, crew, pilot, seen

POLICY = Policy()


def limits_of(policy: Policy, memory: Memory, at: Seen, pilots: Pilots) -> tuple[Limit, ...]:
    return limits(policy, memory, at, pilots, growth_of(policy, memory, at, pilots))


def find(name: LimitName, at: Seen, memory: Memory | None = None, policy: Policy = POLICY) -> Limit | None:
    pilots = Pilots() if isinstance(at.pilots, Missing) else at.pilots
    found = limits_of(policy, memory or calm(), at, pilots)
    return next((limit for limit in found if limit.name is name), None)


def the(name: LimitName, at: Seen, memory: Memory | None = None, policy: Policy = POLICY) -> Limit:
    limit = find(name, at, memory, policy)
    assert limit is not None
    return limit


def span(limit: Limit) -> tuple[int, int]:
    return limit.floor, limit.ceiling


def test_they_come_in_the_order_in_which_a_tie_is_told() -> None:
    memory = replace(calm(), backoffs={"default": Backoff(1, NOW + 5.0, WALL, "x")})
    at = seen(wish=Wish(WishKind.DRAIN), images={"default": BLIND}, memory=BLIND, weight=BLIND)
    at = replace(at, networks={"default": BLIND})
    found = [limit.name for limit in limits_of(Policy(max_pilots=3), memory, at, Pilots())]
    of_signals = {LimitName(name.value) for name in SignalName}
    # Where no kind has its image, that comes before all else it lacks; of what holds all back one is told.
    lacking, holding = (
        {LimitName.SOFTWARE, LimitName.NETWORK},
        {LimitName.NO_WORK, LimitName.PACE, LimitName.DEMAND},
    )
    silent = {LimitName.MEMORY, *lacking, *of_signals, *holding}
    assert found == [name for name in LimitName if name not in silent]


# --- the owner's wish


def test_a_pause_empties_the_host_at_once() -> None:
    limit = the(LimitName.WISH, seen(wish=Wish(WishKind.PAUSE, by="ann")))
    assert (limit.floor, limit.ceiling, limit.rung, limit.reason) == (0, 0, Rung.STOP, Reason.PAUSED)
    assert limit.because == "paused by ann"


def test_a_reason_is_told_with_the_wish() -> None:
    wish = Wish(WishKind.DRAIN, by="root", reason="new disks", for_operator=True)
    assert the(LimitName.WISH, seen(wish=wish)).because == "draining, as asked by root (operator: new disks)"


@pytest.mark.parametrize(
    ("left", "span_", "told"),
    [
        (90.0, (0, UNLIMITED), "draining, as asked by ann; who is still there in 90 s is stopped"),
        (0.0, (0, 0), "draining, as asked by ann; its deadline is over"),
    ],
)
def test_a_drain_with_a_deadline_stops_who_is_still_there_after_it(
    left: float, span_: tuple[int, int], told: str
) -> None:
    limit = the(LimitName.WISH, seen(wish=Wish(WishKind.DRAIN, by="ann", deadline=WALL + left)))
    assert (span(limit), limit.because) == (span_, told)
    assert left or (limit.reason, limit.rung) == (Reason.DRAINED, Rung.STOP)


def test_a_drain_starts_none_and_kills_none() -> None:
    assert span(the(LimitName.WISH, seen(wish=Wish(WishKind.DRAIN)))) == (0, UNLIMITED)


@pytest.mark.parametrize(("until", "holds"), [(None, True), (WALL + 1, True), (WALL, False), (0.0, False)])
def test_a_wish_ends_by_itself(until: float | None, holds: bool) -> None:  # noqa: FBT001
    assert (find(LimitName.WISH, seen(wish=Wish(WishKind.PAUSE, until))) is not None) is holds


@pytest.mark.parametrize(("ago", "holds"), [(0.0, True), (59.0, True), (60.0, False), (1e9, False)])
def test_after_a_release_nothing_grows_for_the_calm_window(ago: float, holds: bool) -> None:  # noqa: FBT001
    limit = find(LimitName.WISH, seen(wish=Wish(release_before=WALL - ago)))
    assert (limit is not None) is holds
    assert limit is None or span(limit) == (0, UNLIMITED)


def test_a_release_from_the_future_lets_nothing_grow_until_then() -> None:
    """The clock was wrong when the owner asked. Else every new pilot would be released at once."""
    assert the(LimitName.WISH, seen(wish=Wish(release_before=WALL + 1e6))).floor == 0


# --- what cannot be seen, what is missing, what has failed


@pytest.mark.parametrize("at", [seen(rates=BLIND), seen(memory=BLIND), seen(pilots=BLIND)])
def test_blind_means_no_growth_and_no_kill(at: Seen) -> None:
    limit = the(LimitName.BLIND, at)
    assert span(limit) == (0, UNLIMITED)
    assert BLIND.why in limit.because


def test_without_an_image_nothing_is_started_and_pilots_stay() -> None:
    assert span(the(LimitName.IMAGE, seen(images={"default": BLIND}))) == (0, UNLIMITED)


def test_without_its_software_nothing_is_started_and_pilots_stay() -> None:
    limit = the(LimitName.SOFTWARE, seen(crew(2), software={"default": BLIND}))
    assert span(limit) == (0, UNLIMITED)
    assert limit.because == f"no software: {BLIND.why}"


def test_software_that_answers_limits_nothing() -> None:
    found = limits_of(POLICY, calm(), seen(software={"default": None}), Pilots())
    assert not {LimitName.SOFTWARE, LimitName.IMAGE, LimitName.MAX_PILOTS} & {limit.name for limit in found}


def test_kinds_that_lack_different_things_are_all_told() -> None:
    policy = Policy(named=(Kind("alice"), Kind("cms"), Kind("local", max_pilots=0)))
    lacking = seen(images={"cms": BLIND}, software={"alice": Missing("/cvmfs: dead"), "cms": BLIND})
    alice, cms = "alice: no software: /cvmfs: dead", f"cms: no image: {BLIND.why}; no software: {BLIND.why}"
    told = the(LimitName.MAX_PILOTS, lacking, policy=policy).because
    assert told == f"{alice}; {cms}; local: max_pilots is 0"
    two = replace(policy, named=policy.named[:2])
    assert the(LimitName.IMAGE, lacking, policy=two).because == f"{alice}; {cms}"


def test_during_back_off_nothing_is_started() -> None:
    memory = Memory(backoffs={"default": Backoff(3, NOW + 7.0, WALL, "pilot ended")})
    limit = the(LimitName.BACKOFF, seen(crew(2)), memory)
    assert span(limit) == (0, UNLIMITED)
    assert limit.because == "pilot ended (3 in a row); next try in 7 s"


def test_after_the_wait_one_probe_joins_the_proven_pilots() -> None:
    memory = Memory(backoffs={"default": Backoff(3, NOW - 1.0, WALL, "pilot ended")})
    young = pilot(9, age=1.0)
    assert the(LimitName.BACKOFF, seen([*crew(2), young]), memory).floor == 3


# --- what there is room for


def test_max_pilots_is_floor_and_ceiling() -> None:
    limit = the(LimitName.MAX_PILOTS, seen(), policy=Policy(max_pilots=3))
    assert (span(limit), limit.rung, limit.reason) == ((3, 3), Rung.STOP, Reason.POOL_SIZE)


@pytest.mark.parametrize(
    ("cores", "owner", "span_"),
    [
        (2, 0.0, (1, 1)),  # one core is kept
        (8, 0.0, (7, 7)),
        (8, 0.25, (7, 7)),  # within the growth tolerance
        (8, 0.26, (6, 7)),  # between the tolerances: neither more nor fewer
        (8, 0.51, (6, 6)),
        (8, 3.0, (4, 4)),
        (8, 8.0, (0, 0)),
        (64, 0.0, (57, 58)),  # a tenth of a large host is kept
        (1, 0.0, (0, 0)),
    ],
)
def test_pilots_fit_beside_the_owner_and_the_reserve(
    cores: int, owner: float, span_: tuple[int, int]
) -> None:
    whole = Policy(reserve_after_seconds=0.0)
    assert span(the(LimitName.CPU, seen(owner=owner, cores=cores), policy=whole)) == span_


@pytest.mark.parametrize(
    ("used_for", "ceiling"), [(None, 5), (29.0, 5), (30.0, 4)], ids=["just now", "for a while", "for long"]
)
def test_the_reserve_is_room_for_a_while_but_not_to_come_back_to(
    used_for: float | None, ceiling: int
) -> None:
    since = None if used_for is None else NOW - used_for
    limit = the(LimitName.CPU, seen(owner=3.0), replace(calm(), reserve_used_since=since))
    assert (limit.floor, limit.ceiling, limit.resume) == (4, ceiling, 4)


def test_a_reserve_can_be_left_to_the_owners_bursts_for_ever() -> None:
    used = replace(calm(), reserve_used_since=NOW - 1e6)
    assert the(LimitName.CPU, seen(owner=3.0), used, Policy(reserve_after_seconds=None)).ceiling == 5


def test_larger_pilots_are_fewer_and_a_reserve_of_zero_is_taken_at_its_word() -> None:
    policy = Policy(default=Kind(cpus=2.5), reserve_cores=0.0)
    assert span(the(LimitName.CPU, seen(), policy=policy)) == (3, 3)


def test_small_pilots_leave_a_host_without_room_whatever_the_tolerance_in_cores() -> None:
    policy = Policy(default=Kind(cpus=0.1), reserve_cores=0.0)
    assert span(the(LimitName.CPU, seen(owner=8.0), policy=policy)) == (0, 0)
    assert span(the(LimitName.CPU, seen(owner=7.94), policy=policy)) == (0, 1)


def test_pilots_that_would_be_equals_of_the_owner_become_no_more() -> None:
    at = seen(crew(2), weight=Missing("an ordinary weight"))
    limit = the(LimitName.WEIGHT, at)
    assert span(limit) == (0, UNLIMITED)
    assert limit.because == "pilots would not give way: an ordinary weight"
    for mode in (Mode.DEDICATED, Mode.DRY_RUN):
        assert find(LimitName.WEIGHT, at, policy=Policy(mode=mode)) is None


def test_a_dedicated_host_has_no_owner() -> None:
    policy = Policy(mode=Mode.DEDICATED)
    assert span(the(LimitName.CPU, seen(owner=8.0), policy=policy)) == (7, 7)
    assert find(LimitName.CALM, seen(owner=8.0), calm(8.0), policy) is None


# --- the calm window


def test_nothing_grows_before_the_window_is_full() -> None:
    memory = Memory(owner=Window(NOW - 20.0, ((NOW - 1.0, 0.0),)))
    limit = the(LimitName.CALM, seen(), memory)
    assert (limit.floor, limit.because) == (0, "watching for 60 s first, 20 s so far")


def test_growth_looks_at_the_busiest_second_of_the_window() -> None:
    limit = the(LimitName.CALM, seen(owner=0.0), calm(4.0))
    assert span(limit) == (3, UNLIMITED)
    assert limit.because == "owner used up to 4.0 cores in the last 60 s"


# --- the pilots' network


def test_a_network_that_cannot_be_used_stops_growth_and_says_why() -> None:
    limit = the(LimitName.NETWORK, replace(seen(), networks={"default": Missing("nobody guards it")}))
    assert (span(limit), limit.because) == ((0, UNLIMITED), "no network: nobody guards it")


def test_one_kind_without_its_network_leaves_the_room_to_the_others() -> None:
    two = Policy(named=(Kind("a"), Kind("b")))
    assert find(LimitName.NETWORK, replace(seen(), networks={"a": BLIND}), policy=two) is None
    both = replace(seen(images={"b": BLIND}), networks={"a": BLIND})
    told = f"a: no network: {BLIND.why}; b: no image: {BLIND.why}"
    assert the(LimitName.IMAGE, both, policy=two).because == told
    assert find(LimitName.NETWORK, both, policy=two) is None
    assert find(LimitName.MAX_PILOTS, both, policy=two) is None
