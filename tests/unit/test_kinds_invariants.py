"""What holds for every decision about pilots of several kinds and sizes."""

from __future__ import annotations

from collections import Counter

from hypothesis import event, given

from plancton.core.backoff import proof_seconds
from plancton.core.decide import decide
from plancton.core.memory import Rates
from plancton.core.pace import gap_seconds
from plancton.core.plan import next_turn
from plancton.core.policy import Kind, Mode
from plancton.core.thresholds import SignalName
from plancton.model import MemoryReading, Reason, Thaw
from tests.unit.strategies import Moment, moments
from tests.unit.test_decide_invariants import decided, leaving_of, pilots_of, starts_of

SLIVER = 1e-6
# For these the oldest may go, too.
OF_ITS_OWN = {Reason.EXPIRED, Reason.RELEASED, Reason.POOL_SIZE}


def room_of(moment: Moment, rates: Rates) -> float:
    """Cores beside the reserve and the owner."""
    owner = 0.0 if moment.policy.mode is Mode.DEDICATED else rates.owner_cores
    return rates.capacity_cores - moment.policy.reserve_of(rates.capacity_cores) - owner


def kept_of(moment: Moment) -> list[Kind]:
    pilots = pilots_of(moment)
    names = [*(p.kind for p in pilots.standing), *(s.kind for s in pilots.starting)]
    return [moment.policy.kind_of(name) for name in names]


@given(moments())
def test_what_uses_cpu_after_a_tick_fits_but_for_the_slack_of_one(moment: Moment) -> None:
    pilots, rates, policy = pilots_of(moment), moment.seen.rates, moment.policy
    if not isinstance(rates, Rates) or policy.freeze_after_seconds != 0:
        return
    decision = decided(moment)
    leaving = leaving_of(decision)
    if any(action.reason in OF_ITS_OWN for action in leaving):
        return  # a small old one makes its place to a larger one, which is seen in the next tick
    gone = {action.pilot.id for action in leaving}
    chosen = [p for p in pilots.running if p.id not in gone]
    thawed = [a.pilot for a in decision.actions if isinstance(a, Thaw)]
    if chosen or thawed:
        using = [policy.kind_of(p.kind) for p in (*chosen, *thawed, *pilots.thawing)]
        slack = max(policy.release_slack_of(kind) for kind in using)
        # Who is there may be in the reserve for a while; nobody comes back to be there.
        whole = thawed or policy.reserve_after_seconds == 0 or policy.mode is Mode.DEDICATED
        reserve = 0.0 if whole else policy.reserve_of(rates.capacity_cores)
        assert sum(kind.cpus for kind in using) <= room_of(moment, rates) + reserve + slack + SLIVER


@given(moments())
def test_what_is_started_fits_by_cpu_and_by_memory(moment: Moment) -> None:
    seen, policy, starts = moment.seen, moment.policy, starts_of(decided(moment))
    event(f"starts {len(starts)} of {len(policy.kinds)} kinds")
    if starts:
        assert isinstance(seen.rates, Rates)
        assert isinstance(seen.memory, MemoryReading)
        new = [policy.kind_of(start.kind) for start in starts]
        # Who has ended, and nobody knows how, is in nobody's way but for what would come in its place.
        unknown = [quota.kind for quota in decided(moment).kinds for _ in range(quota.unknown)]
        there = [*kept_of(moment), *unknown, *new]
        slack = max(policy.grow_slack_of(kind) for kind in new)
        assert sum(kind.cpus for kind in there) <= room_of(moment, seen.rates) + slack + SLIVER
        spare = seen.memory.available_bytes - policy.memory_reserve_of(seen.memory.total_bytes)
        assert sum(kind.memory_bytes for kind in there) <= spare + seen.pilots_memory_bytes


@given(moments())
def test_a_kind_never_gets_more_than_it_may_have(moment: Moment) -> None:
    decision = decided(moment)
    started = Counter(start.kind for start in starts_of(decision))
    quotas = {quota.kind.name: quota for quota in decision.kinds}
    assert set(started) <= set(quotas)
    for name, number in started.items():
        quota, backoff = quotas[name], moment.memory.backoffs.get(name)
        assert not quota.barred
        assert name not in moment.seen.images
        assert quota.most is None or quota.there + number <= quota.most
        assert quota.kind.max_pilots is None or quota.there + quota.unknown + number <= quota.kind.max_pilots
        assert backoff is None or not quota.failures or backoff.retry_at <= moment.seen.monotonic
        waiting = moment.memory.no_work.get(name)
        assert waiting is None or not quota.no_work or waiting.retry_at <= moment.seen.monotonic


@given(moments())
def test_a_kind_that_is_spaced_gets_one_and_only_when_its_time_has_come(moment: Moment) -> None:
    decision, now = decided(moment), moment.seen.monotonic
    started = Counter(start.kind for start in starts_of(decision))
    for quota in decision.kinds:
        if quota.paced and started[quota.kind.name]:
            pace = moment.memory.paces[quota.kind.name]
            assert started[quota.kind.name] == 1
            assert pace.started_at + gap_seconds(quota.kind, pace) <= now
    after = decide(moment.policy, moment.memory, moment.seen)[0].paces
    assert all(after[name].started_at == now for name in started if name in after)


@given(moments())
def test_a_wait_is_never_ended_by_a_pilot_from_before_it(moment: Moment) -> None:
    """Of the kinds that are started; the others are forgotten."""
    memory, _ = decide(moment.policy, moment.memory, moment.seen)
    alive, policy = pilots_of(moment).alive, moment.policy
    on = {kind.name for kind in policy.kinds if kind.max_pilots != 0}
    for before, after in ((moment.memory.backoffs, memory.backoffs), (moment.memory.no_work, memory.no_work)):
        for name in set(before) & on - set(after):
            wait, kind = before[name], policy.kind_of(name)
            since = [p for p in alive if p.kind == name and p.created_at > wait.failed_at_wall]
            assert any(moment.seen.wall - p.created_at >= proof_seconds(kind, wait) for p in since)


@given(moments())
def test_the_first_start_is_of_the_kind_that_lacks_most_of_those_that_fit(moment: Moment) -> None:
    decision, policy, seen = decided(moment), moment.policy, moment.seen
    starts = starts_of(decision)
    if starts:
        assert isinstance(seen.rates, Rates)
        assert isinstance(seen.memory, MemoryReading)
        there = kept_of(moment)
        cores = room_of(moment, seen.rates) - sum(kind.cpus for kind in there)
        if policy.mode is not Mode.DEDICATED:
            cores -= moment.memory.owner.peak_of_last(seen.monotonic, policy.calm_seconds)
        spare = seen.memory.available_bytes - policy.memory_reserve_of(seen.memory.total_bytes)
        spare += seen.pilots_memory_bytes - sum(kind.memory_bytes for kind in there)
        surely = [
            quota.kind
            for quota in decision.kinds
            if quota.open != 0 and quota.kind.cpus < cores and quota.kind.memory_bytes <= spare
        ]
        first = policy.kind_of(starts[0].kind)
        used = {quota.kind.name: quota.claimed_cores for quota in decision.kinds}
        assert next_turn([first, *surely], used) == first


@given(moments())
def test_the_limits_tell_how_many_can_be_started_to_the_last_one(moment: Moment) -> None:
    """No fewer than the limits say are planned, so that the target is reached and the reason is true."""
    decision, seen = decided(moment), moment.seen
    if not isinstance(seen.rates, Rates) or not isinstance(seen.memory, MemoryReading):
        return
    others = {name.value for name in SignalName} | {"wish", "blind", "weight"}
    room = min(limit.floor for limit in decision.limits if limit.name.value not in others)
    free = min((limit.floor for limit in decision.limits), default=0)
    pilots = pilots_of(moment)
    if any(quota.unknown for quota in decision.kinds):
        return  # nothing takes their place until it is known how they have ended
    unsettled = pilots.frozen or pilots.freezing or pilots.releasing or pilots.stopping
    if free == room and room > pilots.kept and not leaving_of(decision) and not unsettled:
        assert len(starts_of(decision)) == min(room - pilots.kept, moment.policy.ramp_pilots)


@given(moments())
def test_a_kind_that_has_more_than_its_number_loses_its_youngest(moment: Moment) -> None:
    decision, pilots = decided(moment), pilots_of(moment)
    gone = {action.pilot.id for action in leaving_of(decision)}
    for kind in moment.policy.kinds:
        if kind.max_pilots is not None:
            staying = [p for p in pilots.alive if p.kind == kind.name and p.id not in gone]
            busy = [p for p in (*pilots.freezing, *pilots.thawing) if p.kind == kind.name]
            assert not staying or len(staying) + len(busy) <= kind.max_pilots
