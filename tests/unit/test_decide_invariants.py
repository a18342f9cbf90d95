"""What holds for every decision, whatever the policy, the memory and the host."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import event, given
from hypothesis import strategies as st

from plancton.core.decide import Decision, decide
from plancton.core.limits import UNLIMITED
from plancton.core.memory import Rates
from plancton.core.observe import Pilots
from plancton.core.policy import Mode
from plancton.core.signals import findings, unreadable
from plancton.core.thresholds import SignalName
from plancton.model import Kill, KillReason, Missing, Reap, Start, WishKind, key
from tests.unit.makers import BLIND
from tests.unit.strategies import Moment, moments

OUT_OF_TIME = {KillReason.EXPIRED, KillReason.RELEASED}


def decided(moment: Moment) -> Decision:
    return decide(moment.policy, moment.memory, moment.seen)[1]


def starts_of(decision: Decision) -> list[Start]:
    return [a for a in decision.actions if isinstance(a, Start)]


def kills_of(decision: Decision) -> list[Kill]:
    return [a for a in decision.actions if isinstance(a, Kill)]


def pilots_of(moment: Moment) -> Pilots:
    return moment.seen.known


@given(moments())
def test_nothing_is_started_and_killed_in_one_tick(moment: Moment) -> None:
    decision = decided(moment)
    event(f"starts {bool(starts_of(decision))} kills {bool(kills_of(decision))}")
    assert not (starts_of(decision) and kills_of(decision))


@given(moments())
def test_nothing_is_started_while_a_kill_is_under_way(moment: Moment) -> None:
    assert not (pilots_of(moment).releasing and starts_of(decided(moment)))


@given(moments())
def test_a_blind_agent_starts_nothing(moment: Moment) -> None:
    seen = moment.seen
    if any(isinstance(r, Missing) for r in (seen.rates, seen.memory, seen.pilots)):
        assert starts_of(decided(moment)) == []


@given(moments())
def test_without_a_listing_what_is_known_is_given_back_as_ever(moment: Moment) -> None:
    blind = replace(moment.seen, pilots=BLIND)
    seeing = replace(moment.seen, pilots=moment.seen.known)
    one, two = (kills_of(decided(Moment(moment.policy, moment.memory, seen))) for seen in (blind, seeing))
    assert one == two


@given(moments())
def test_only_starts_without_room_are_taken_back_the_latest_first(moment: Moment) -> None:
    decision, starting = decided(moment), moment.seen.known.starting
    room = min(limit.floor for limit in decision.limits)
    assert len(decision.cancelled) == min(max(decision.running - room, 0), len(starting))
    assert decision.cancelled == starting[::-1][: len(decision.cancelled)]


@given(moments())
def test_only_what_is_over_a_ceiling_out_of_time_or_released_is_killed(moment: Moment) -> None:
    decision, pilots = decided(moment), pilots_of(moment)
    kills = kills_of(decision)
    unwanted = [k for k in kills if k.reason in OUT_OF_TIME]
    ceiling = min((limit.ceiling for limit in decision.limits), default=0)
    left = len(pilots.alive) - len(unwanted)
    assert len(kills) - len(unwanted) <= max(left - ceiling, 0)
    for kill in unwanted:
        too_old = moment.seen.wall - kill.pilot.created_at >= moment.policy.ttl_seconds
        assert too_old or kill.pilot.created_at < moment.seen.wish.release_before


@given(moments())
def test_all_that_an_urgent_ceiling_asks_for_go_in_the_same_tick(moment: Moment) -> None:
    decision, pilots = decided(moment), pilots_of(moment)
    urgent = [limit.ceiling for limit in decision.limits if limit.urgent]
    if urgent and not isinstance(moment.seen.pilots, Missing):
        staying = len(pilots.alive) - len(kills_of(decision))
        assert staying <= min(urgent)


@given(moments())
def test_victims_are_the_youngest(moment: Moment) -> None:
    kills = kills_of(decided(moment))
    killed = {k.pilot.id for k in kills}
    staying = [p.created_at for p in pilots_of(moment).alive if p.id not in killed]
    for kill in kills:
        assert kill.reason in OUT_OF_TIME or all(kill.pilot.created_at >= age for age in staying)


@given(moments())
def test_nothing_in_the_middle_of_an_action_is_acted_on_and_nothing_twice(moment: Moment) -> None:
    keys = [key(action) for action in decided(moment).actions]
    assert not set(keys) & set(moment.memory.in_flight)
    assert len(keys) == len(set(keys))


@given(moments())
def test_growth_stays_below_every_floor_and_within_the_ramp(moment: Moment) -> None:
    decision = decided(moment)
    starts = starts_of(decision)
    assert len(starts) <= moment.policy.ramp_pilots
    if starts:
        assert decision.running + len(starts) <= min(limit.floor for limit in decision.limits)


@given(moments())
def test_the_target_fits_what_is_done(moment: Moment) -> None:
    decision = decided(moment)
    starts, kills = len(starts_of(decision)), len(kills_of(decision))
    assert (decision.target is None) == isinstance(moment.seen.pilots, Missing)
    if decision.target is not None:
        assert 0 <= decision.target <= min(limit.ceiling for limit in decision.limits)
        assert decision.running + starts <= max(decision.target, decision.running)
        assert decision.running - kills >= min(decision.target, decision.running)


@given(moments())
def test_only_ended_pilots_are_reaped_and_a_refused_one_not_too_soon(moment: Moment) -> None:
    reaped = [a.pilot for a in decided(moment).actions if isinstance(a, Reap)]
    now, not_before = moment.seen.monotonic, moment.memory.not_before
    assert set(reaped) <= set(pilots_of(moment).ended)
    assert all(not_before.get(p.id, now) <= now for p in reaped)


@given(moments())
def test_a_paused_host_is_emptied_and_a_draining_one_only_shrinks(moment: Moment) -> None:
    kind, decision = moment.seen.wish.now(moment.seen.wall), decided(moment)
    if kind is not WishKind.RUN:
        assert starts_of(decision) == []
    if kind is WishKind.PAUSE:
        assert len(kills_of(decision)) == len(pilots_of(moment).alive)


@given(moments(), st.floats(0.0, 16.0))
def test_a_dedicated_host_acts_the_same_whatever_its_owner_uses(moment: Moment, owner: float) -> None:
    if isinstance(moment.seen.rates, Rates):
        dedicated = replace(moment.policy, mode=Mode.DEDICATED)
        other = replace(moment.seen, rates=replace(moment.seen.rates, owner_cores=owner))
        one, two = (decided(Moment(dedicated, moment.memory, seen)) for seen in (moment.seen, other))
        assert one.actions == two.actions


@given(moments())
def test_where_a_signal_is_out_of_sight_or_rings_nothing_is_started(moment: Moment) -> None:
    found = findings(moment.policy, moment.seen)
    if unreadable(moment.policy, moment.seen) or any(finding.rings for finding in found):
        assert starts_of(decided(moment)) == []


@given(moments())
def test_a_signal_kills_only_while_it_rings(moment: Moment) -> None:
    ringing = {finding.name.value for finding in findings(moment.policy, moment.seen) if finding.rings}
    killing = {kill.reason.value for kill in kills_of(decided(moment))}
    assert killing & {name.value for name in SignalName} <= ringing


@given(moments())
def test_the_clocks_of_signals_never_run_ahead(moment: Moment) -> None:
    """What is held has begun by now, and so is let go some day."""
    memory, _ = decide(moment.policy, moment.memory, moment.seen)
    for hold in memory.holds.values():
        assert hold.last_at <= moment.seen.monotonic
        assert hold.stepped_at <= moment.seen.monotonic
        assert 0 <= hold.ceiling <= UNLIMITED
    assert all(hold.rings is False or hold.last_at == moment.seen.monotonic for hold in memory.holds.values())


@given(moments())
def test_the_same_arguments_give_the_same_decision(moment: Moment) -> None:
    first, second = (decide(moment.policy, moment.memory, moment.seen) for _ in range(2))
    assert first == second
