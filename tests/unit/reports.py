"""A tick as the loop would publish it, without a loop."""

from __future__ import annotations

from dataclasses import replace

from plancton.core.decide import decide
from plancton.core.memory import Memory
from plancton.core.narrate import narrate
from plancton.core.observe import Pilots, Seen
from plancton.core.policy import Policy
from plancton.model import Missing, PilotState, Start
from plancton.readings import readable
from plancton.report import Report
from tests.unit.makers import QUIET, WALL, calm, crew, pilot, seen

BUSY = seen(
    owner=2.25,
    pilots=Pilots(
        running=(*crew(2), pilot(4, age=30.0, kind="other")),
        frozen=(pilot(3, PilotState.FROZEN, age=90.0),),
        starting=(Start("default-5", "default", WALL),),
        releasing=(pilot(6, age=7.0),),
    ),
    signals=QUIET,
)


def report_of(
    at: Seen = BUSY,
    memory: Memory | None = None,
    error: str | None = None,
    policy: Policy | None = None,
) -> Report:
    """What the loop publishes about a moment."""
    policy = policy or Policy()
    _, decision = decide(policy, memory or calm(), at)
    return Report(
        seen=at,
        policy=policy,
        decision=decision,
        sentence=narrate(decision),
        mode="opportunistic",
        sensors={
            "cpu": not isinstance(at.rates, Missing),
            "pool": not isinstance(at.rates, Missing),
            "memory": not isinstance(at.memory, Missing),
            "engine": not isinstance(at.pilots, Missing),
            **readable(at.signals),
        },
        weight=None,
        loaded_at=WALL - 60.0,
        reload_error=error,
        cpu_seconds={pilot(1).id: 9000.0, pilot(3).id: 61.0},
        image_refreshes={"default": True},
        guarded=True,
    )


def with_wish(report: Report, **wish: object) -> Report:
    """The same tick with another wish shown."""
    changed = replace(report.seen.wish, **wish)  # type: ignore[arg-type]
    return replace(report, seen=replace(report.seen, wish=changed))
