"""What holds for every decision, whatever the policy, the memory and the host."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import event, given
from hypothesis import strategies as st

from plancton.core.decide import Decision, decide
from plancton.core.limits import UNLIMITED, LimitName, Rung
from plancton.core.memory import Rates
from plancton.core.observe import Pilots
from plancton.core.policy import Mode
from plancton.core.repertoire import limits_of, reasons_of
from plancton.core.signals import findings, unreadable
from plancton.core.thresholds import SignalName
from plancton.model import Freeze, Kill, Missing, Reap, Reason, Start, Stop, Tell, Thaw, WishKind, key
from tests.unit.makers import BLIND
from tests.unit.strategies import Moment, moments


def decided(moment: Moment) -> Decision:
    return decide(moment.policy, moment.memory, moment.seen)[1]


def starts_of(decision: Decision) -> list[Start]:
    return [a for a in decision.actions if isinstance(a, Start)]


def kills_of(decision: Decision) -> list[Kill]:
    return [a for a in decision.actions if isinstance(a, Kill)]


def leaving_of(decision: Decision) -> list[Freeze | Stop | Kill]:
    return [a for a in decision.actions if isinstance(a, Freeze | Stop | Kill)]


def adding_of(decision: Decision) -> list[Start | Thaw]:
    return [a for a in decision.actions if isinstance(a, Start | Thaw)]


def pilots_of(moment: Moment) -> Pilots:
    return moment.seen.known


@given(moments())
def test_nothing_is_added_and_taken_away_in_one_tick(moment: Moment) -> None:
    decision = decided(moment)
    event(f"adds {bool(adding_of(decision))} takes away {bool(leaving_of(decision))}")
    assert not (adding_of(decision) and leaving_of(decision))
    assert {type(a) for a in adding_of(decision)} != {Start, Thaw}


@given(moments())
def test_nothing_is_started_while_a_pilot_is_frozen_or_on_its_way_out(moment: Moment) -> None:
    pilots = pilots_of(moment)
    if pilots.releasing or pilots.stopping or pilots.frozen or pilots.freezing:
        assert starts_of(decided(moment)) == []


@given(moments())
def test_limits_and_reasons_are_those_that_the_policy_is_known_for(moment: Moment) -> None:
    decision, known = decided(moment), reasons_of(moment.policy)
    assert decision.binding.name in limits_of(moment.policy)
    for action in leaving_of(decision):
        # Who was asked to end under another policy is killed for that one's reason.
        asked = isinstance(action, Kill) and action.pilot.id in moment.memory.stopping
        assert asked or action.reason in known[type(action)]


@given(moments())
def test_a_blind_agent_adds_nothing(moment: Moment) -> None:
    seen = moment.seen
    if any(isinstance(r, Missing) for r in (seen.rates, seen.memory, seen.pilots)):
        assert adding_of(decided(moment)) == []


@given(moments())
def test_without_a_listing_what_is_known_is_given_back_as_ever(moment: Moment) -> None:
    blind = replace(moment.seen, pilots=BLIND)
    seeing = replace(moment.seen, pilots=moment.seen.known)
    one, two = (leaving_of(decided(Moment(moment.policy, moment.memory, seen))) for seen in (blind, seeing))
    assert one == two


@given(moments())
def test_only_starts_without_room_are_taken_back_the_latest_first(moment: Moment) -> None:
    decision, pilots = decided(moment), moment.seen.known
    room = min(limit.floor for limit in decision.limits)
    gone, latest = set(decision.cancelled), pilots.starting[::-1]
    over = {q.kind.name: 0 if q.most is None else max(q.there - q.most, 0) for q in decision.kinds}
    asked = Counter(start.kind for start in latest)
    unwanted = sum(min(over.get(kind, number), number) for kind, number in asked.items())
    assert len(gone) == min(max(pilots.kept - room, unwanted), len(latest))
    for kind in {start.kind for start in latest}:
        own = [start.name for start in latest if start.kind == kind]
        assert {name for name in own if name in gone} == set(own[: len(gone & set(own))])


@given(moments())
def test_only_what_is_over_a_ceiling_out_of_time_or_released_gives_way(moment: Moment) -> None:
    decision, pilots, policy, seen = decided(moment), pilots_of(moment), moment.policy, moment.seen
    others: list[Freeze | Stop | Kill] = []
    for action in leaving_of(decision):
        asked = moment.memory.stopping.get(action.pilot.id)
        kind = policy.kind_of(action.pilot.kind)
        if action.reason is Reason.EXPIRED and asked is None:
            assert seen.wall - action.pilot.created_at >= kind.ttl_seconds
        elif action.reason is Reason.POOL_SIZE and kind.max_pilots is not None:
            continue  # see below
        elif action.reason is Reason.RELEASED:
            assert action.pilot.created_at < seen.wish.release_before
        elif asked is not None and seen.monotonic - asked.asked_at >= kind.stop_grace_seconds:
            assert isinstance(action, Kill)
        else:
            others.append(action)
    ceiling = min((limit.resume for limit in decision.limits), default=0)
    there = len(pilots.alive) + len(pilots.stopping) + len(pilots.freezing) + len(pilots.thawing)
    assert len(others) <= max(there - ceiling, 0)


@given(moments())
def test_all_that_a_killing_ceiling_asks_for_go_in_the_same_tick(moment: Moment) -> None:
    decision, pilots = decided(moment), pilots_of(moment)
    ceilings = [limit.ceiling for limit in decision.limits if limit.rung is Rung.KILL]
    if ceilings:
        idle = len(pilots.alive) + len(pilots.stopping)
        busy = len(pilots.freezing) + len(pilots.thawing)
        assert len(kills_of(decision)) >= min(idle, idle + busy - min(ceilings))


@given(moments())
def test_after_each_tick_nobody_is_in_the_owners_way_if_freezing_takes_no_patience(moment: Moment) -> None:
    decision, pilots = decided(moment), pilots_of(moment)
    cpu = next((limit for limit in decision.limits if limit.name is LimitName.CPU), None)
    if cpu is not None and moment.policy.freeze_after_seconds == 0:
        # Who cannot be frozen goes by another rung, if there is one.
        stuck = {id_ for id_, times in moment.memory.not_frozen.items() if times}
        running = {p.id for p in pilots.running} - stuck - {a.pilot.id for a in leaving_of(decision)}
        assert not running or len(running) + len(pilots.thawing) <= cpu.ceiling


@given(moments())
def test_victims_are_the_youngest_of_their_sort(moment: Moment) -> None:
    pilots, leaving = pilots_of(moment), leaving_of(decided(moment))
    gone = {a.pilot.id for a in leaving}
    by_age = {Reason.OWNER_CPU, Reason.MEMORY, Reason.POOL_SIZE, Reason.PAUSED}
    for action in leaving:
        for sort in (pilots.running, pilots.frozen):
            if action.pilot in sort and action.reason in by_age:
                of_kind = moment.policy.kind_of(action.pilot.kind).max_pilots is not None
                alike = [p for p in sort if p.kind == action.pilot.kind] if of_kind else sort
                staying = [p.created_at for p in alike if p.id not in gone]
                assert all(action.pilot.created_at >= created_at for created_at in staying)


@given(moments())
def test_who_goes_on_first_is_the_oldest_but_for_one_that_is_larger(moment: Moment) -> None:
    thawed = [a.pilot for a in decided(moment).actions if isinstance(a, Thaw)]
    waiting = [p for p in pilots_of(moment).frozen if p not in thawed]
    cpus = {p.id: moment.policy.kind_of(p.kind).cpus for p in (*thawed, *waiting)}
    for one in thawed:
        assert all(one.created_at <= p.created_at or cpus[one.id] < cpus[p.id] for p in waiting)


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
        assert pilots_of(moment).kept + len(starts) <= min(limit.floor for limit in decision.limits)


@given(moments())
def test_the_target_fits_what_is_done(moment: Moment) -> None:
    decision, kept = decided(moment), pilots_of(moment).kept
    assert (decision.target is None) == isinstance(moment.seen.pilots, Missing)
    if decision.target is not None:
        assert 0 <= decision.target <= min(limit.ceiling for limit in decision.limits)
        assert kept + len(starts_of(decision)) <= max(decision.target, kept)


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
        assert {p.id for p in pilots_of(moment).alive} <= {a.pilot.id for a in leaving_of(decision)}
        assert not any(isinstance(a, Freeze) for a in decision.actions)


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
    decision = decided(moment)
    if unreadable(moment.policy, moment.seen):
        assert adding_of(decision) == []
    if any(finding.rings for finding in found):
        assert starts_of(decision) == []


@given(moments())
def test_a_signal_takes_running_pilots_only_while_it_rings(moment: Moment) -> None:
    ringing = {finding.name.value for finding in findings(moment.policy, moment.seen) if finding.rings}
    running = pilots_of(moment).running
    taking = {a.reason.value for a in leaving_of(decided(moment)) if a.pilot in running}
    assert taking & {name.value for name in SignalName} <= ringing


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
def test_only_running_pilots_are_told_of_a_drain_and_only_by_their_kinds_signal(moment: Moment) -> None:
    tells = [a for a in decided(moment).actions if isinstance(a, Tell)]
    event(f"tells {bool(tells)}")
    wish = moment.seen.wish
    assert not tells or (wish.now(moment.seen.wall) is WishKind.DRAIN and wish.at)
    gone = {a.pilot.id for a in leaving_of(decided(moment))}
    for tell in tells:
        assert tell.pilot in pilots_of(moment).running
        assert tell.signal == moment.policy.kind_of(tell.pilot.kind).drain_signal
        assert tell.pilot.id not in gone
        assert moment.memory.told.get(tell.pilot.id, 0.0) <= moment.seen.monotonic


@given(moments())
def test_the_same_arguments_give_the_same_decision(moment: Moment) -> None:
    first, second = (decide(moment.policy, moment.memory, moment.seen) for _ in range(2))
    assert first == second
