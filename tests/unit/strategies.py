"""Random policies, memories and moments for the properties of the core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from plancton.core.hours import Hours
from plancton.core.memory import Backoff, Hold, Memory, Pace, Rates, Restless, Stopping
from plancton.core.observe import Seen, merge
from plancton.core.policy import Kind, Mode, Policy
from plancton.core.thresholds import Battery, SignalName, Thresholds
from plancton.core.window import Window
from plancton.model import (
    Action,
    Done,
    Freeze,
    Kill,
    Listing,
    MemoryReading,
    Missing,
    Pilot,
    PilotState,
    Reap,
    Reason,
    Start,
    Stop,
    Thaw,
    Wish,
    WishKind,
)
from plancton.readings import (
    ApplicationsReading,
    DiskReading,
    LocalTime,
    PowerReading,
    PresenceReading,
    PressureReading,
    Signals,
    TemperatureReading,
)
from tests.unit.makers import BLIND, GIB, NOW, WALL

ages = st.floats(-5.0, 3000.0) | st.floats(-5.0, 100_000.0)
blind: st.SearchStrategy[Missing] = st.just(BLIND)
cores = st.floats(0.0, 16.0)

shares = st.floats(0.01, 0.9)
thresholds = st.builds(
    Thresholds,
    hours=st.just(()) | st.just((Hours(frozenset({0, 1}), 19 * 60, 7 * 60),)),
    presence_grace_seconds=st.none() | st.floats(1.0, 1000.0),
    exclusive_applications=st.just(()) | st.just(("matlab",)),
    battery=st.sampled_from(Battery),
    temperature_most_celsius=st.none() | st.floats(20.0, 100.0),
    pressure_cpu_most_share=st.none() | shares,
    pressure_io_most_share=st.none() | shares,
    pressure_memory_most_share=st.none() | shares,
    disk_free_least_share=st.none() | shares,
)
shares_or_none = st.none() | st.floats(0.0, 1.0)
signals = st.builds(
    Signals,
    clock=st.none() | blind | st.builds(LocalTime, st.integers(0, 6), st.integers(0, 1439)),
    presence=st.none() | blind | st.builds(PresenceReading, st.none() | st.floats(0.0, 2000.0)),
    applications=st.none() | blind | st.builds(ApplicationsReading, st.just(()) | st.just(("matlab",))),
    power=st.none() | blind | st.builds(PowerReading, st.booleans(), shares_or_none),
    temperature=st.none() | blind | st.builds(TemperatureReading, st.floats(-40.0, 150.0), st.just("cpu")),
    pressure=st.none() | blind | st.builds(PressureReading, shares_or_none, shares_or_none, shares_or_none),
    disk=st.none() | blind | st.builds(DiskReading, st.just("/"), st.just(GIB), st.integers(0, GIB)),
)
holds = st.dictionaries(
    st.sampled_from([name.value for name in SignalName]),
    st.builds(
        Hold,
        rings=st.booleans(),
        last_at=st.floats(NOW - 8000.0, NOW - 1.0),
        times=st.integers(1, 2000),
        ceiling=st.integers(0, 9),
        stepped_at=st.floats(NOW - 8000.0, NOW - 1.0),
    ),
    max_size=4,
)

NAMES = ("alice", "big", "local")


def kinds(name: str) -> st.SearchStrategy[Kind]:
    return st.builds(
        Kind,
        name=st.just(name),
        share=st.floats(0.01, 100.0),
        cpus=st.floats(0.1, 8.0),
        memory_bytes=st.integers(GIB // 8, 8 * GIB),
        max_pilots=st.none() | st.integers(0, 4),
        ttl_seconds=st.sampled_from([3600.0, 86400.0]),
        stop_grace_seconds=st.sampled_from([10.0, 0.0]),
        fizzle_seconds=st.sampled_from([30.0, 600.0]),
        drain_signal=st.sampled_from([None, "SIGUSR1", "SIGHUP"]),
    )


several = st.lists(st.sampled_from(NAMES), unique=True, max_size=3).flatmap(
    lambda names: st.tuples(*map(kinds, names))
)
policies = st.builds(
    Policy,
    mode=st.sampled_from(Mode),
    default=kinds("default").map(lambda kind: replace(kind, max_pilots=None)),
    named=several,
    max_pilots=st.none() | st.integers(0, 12),
    reserve_cores=st.none() | st.floats(0.0, 8.0),
    reserve_memory_bytes=st.none() | st.integers(0, 16 * GIB),
    calm_seconds=st.floats(0.0, 300.0),
    ramp_pilots=st.integers(1, 5),
    grow_tolerance_cores=st.floats(0.0, 0.5),
    release_tolerance_cores=st.floats(0.5, 2.0),
    reserve_after_seconds=st.sampled_from([0.0, 30.0, None]),
    freeze_after_seconds=st.sampled_from([0.0, 0.0, 30.0, None]),
    stop_after_seconds=st.sampled_from([60.0, 0.0, None]),
    kill_after_seconds=st.sampled_from([None, None, 0.0, 90.0]),
    thaw_after_seconds=st.sampled_from([0.0, 10.0, 600.0]),
    thaw_most_seconds=st.sampled_from([300.0, 0.0]),
    signals=thresholds,
)
readings = st.integers(1, 64).flatmap(
    lambda total: st.builds(MemoryReading, st.just(total * GIB), st.integers(0, total * GIB))
)
wishes = st.builds(
    Wish,
    kind=st.sampled_from(WishKind),
    until=st.none() | st.floats(WALL - 10.0, WALL + 10.0),
    release_before=st.just(0.0) | st.floats(WALL - 5000.0, WALL),
    at=st.sampled_from([0.0, WALL - 100.0]),
    deadline=st.none() | st.floats(WALL - 10.0, WALL + 10.0),
)
windows = st.builds(
    Window,
    since=st.floats(NOW - 600.0, NOW),
    peaks=st.lists(cores, max_size=3, unique=True).map(
        lambda values: tuple((NOW - 1.0, value) for value in sorted(values, reverse=True))
    ),
) | st.just(Window())
backoffs = st.builds(
    Backoff,
    failures=st.integers(1, 9),
    retry_at=st.floats(NOW - 60.0, NOW + 60.0),
    failed_at_wall=st.floats(WALL - 600.0, WALL),
    why=st.just("pilot ended"),
    lived_seconds=st.sampled_from([0.0, 60.0, 20_000.0]),
    at_the_pool=st.booleans(),
)
paces = st.builds(
    Pace,
    mean_seconds=st.floats(0.0, 30.0),
    started_at=st.floats(NOW - 60.0, NOW),
    ended_at_wall=st.floats(WALL - 600.0, WALL),
)
restless = st.just(Restless()) | st.builds(
    Restless, times=st.integers(0, 2000), let_in_at=st.none() | st.floats(NOW - 600.0, NOW)
)


@st.composite
def rates(draw: st.DrawFn) -> Rates:
    capacity = draw(cores)
    owner = draw(st.floats(0.0, 1.0)) * capacity
    return Rates(1.0, capacity, owner, capacity - owner)


@dataclass(frozen=True)
class Moment:
    """What `decide` is given."""

    policy: Policy
    memory: Memory
    seen: Seen


ACTIONS: dict[str, Callable[[Pilot], Action]] = {
    "freezing": lambda p: Freeze(p, Reason.OWNER_CPU, NOW - 1),
    "thawing": Thaw,
    "asking": lambda p: Stop(p, Reason.OWNER_CPU, NOW - 1),
}
DEEDS = ["starting", "killing", "killed", "reaping", "frozen", "asked", *ACTIONS]


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    """Any state that a host can be in: pilots listed, begun, killed, in the middle of an action."""
    policy = draw(policies)
    names = [kind.name for kind in policy.kinds]
    kind_names = st.sampled_from([*names, *names, "default", "gone"])
    listed: list[Pilot] = []
    in_flight: dict[str, Action] = {}
    recent: list[Done] = []
    stopping: dict[str, Stopping] = {}
    frozen_since: dict[str, float] = {}
    for number in range(draw(st.integers(0, 9))):
        state = draw(st.sampled_from([PilotState.RUNNING] * 3 + list(PilotState)))
        kind = draw(kind_names)
        one = Pilot(f"{number:064x}", f"{kind}-{number}", kind, state, WALL - draw(ages), "spec")
        listed.append(one)
        deed = draw(st.sampled_from(["none"] * 8 + DEEDS))
        if deed == "starting":
            in_flight[one.name] = Start(one.name, kind, one.created_at)
        elif deed in {"killing", "reaping"}:
            killing = Kill(one, Reason.OWNER_CPU, NOW - 1)
            in_flight[one.id] = killing if deed == "killing" else Reap(one)
        elif deed in ACTIONS:
            in_flight[one.id] = ACTIONS[deed](one)
        elif deed == "killed":
            recent.append(Done(Kill(one, Reason.OWNER_CPU, NOW - 1), NOW, 0.1))
        elif deed == "frozen":
            recent.append(Done(Freeze(one, Reason.OWNER_CPU, NOW - 1), NOW, 0.1))
        elif deed == "asked":
            stopping[one.id] = Stopping(NOW - draw(st.floats(0.0, 30.0)), NOW - 60.0, Reason.OWNER_CPU)
        if state is PilotState.FROZEN and draw(st.booleans()):
            frozen_since[one.id] = NOW - draw(st.floats(0.0, 300.0))
    some = st.sampled_from([p.id for p in listed] or ["nobody"])
    not_before = draw(st.dictionaries(some, st.floats(NOW - 5.0, NOW + 5.0), max_size=2))
    not_frozen = draw(st.dictionaries(some, st.integers(1, 3), max_size=2))
    # Half of the hosts are quiet: on a random one something nearly always forbids growth.
    quiet = draw(st.booleans())
    memory = Memory(
        owner=Window(NOW - 600.0, ((NOW - 1.0, draw(st.floats(0.0, 1.0))),)) if quiet else draw(windows),
        over_since=draw(st.none() | st.floats(NOW - 120.0, NOW)),
        reserve_used_since=draw(st.none() | st.floats(NOW - 60.0, NOW)),
        in_flight=in_flight,
        recent=tuple(recent),
        not_before=not_before,
        stopping=stopping,
        frozen_since=frozen_since,
        not_frozen=not_frozen,
        restless=draw(restless),
        backoffs={} if quiet else draw(st.dictionaries(st.sampled_from(names), backoffs)),
        no_work={} if quiet else draw(st.dictionaries(st.sampled_from(names), backoffs)),
        paces=draw(st.just({}) | st.dictionaries(st.sampled_from(names), paces)),
        told=draw(st.dictionaries(some, st.floats(NOW - 5.0, NOW + 5.0), max_size=3)),
        holds={} if quiet else draw(holds),
    )
    known = merge(Listing(tuple(listed), NOW), memory)
    seen = Seen(
        monotonic=NOW,
        wall=WALL,
        rates=Rates(1.0, 16.0, draw(st.floats(0.0, 1.0)), 0.0) if quiet else draw(rates() | blind),
        memory=MemoryReading(64 * GIB, 60 * GIB) if quiet else draw(readings | blind),
        pilots_memory_bytes=draw(st.integers(0, 4 * GIB)),
        pilots=known if quiet or draw(st.booleans()) else BLIND,
        known=known,
        images={} if quiet else draw(st.dictionaries(st.sampled_from(names), blind, max_size=2)),
        weight=None if quiet else draw(st.none() | blind),
        wish=Wish() if quiet else draw(st.just(Wish()) | wishes),
        signals=Signals() if quiet else draw(st.just(Signals()) | signals),
        software={}
        if quiet
        else draw(st.dictionaries(st.sampled_from(names), st.none() | blind, max_size=2)),
    )
    return Moment(policy, memory, seen)
