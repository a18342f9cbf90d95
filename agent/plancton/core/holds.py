"""How long a signal is obeyed, so that none of them flaps.

A signal that has fallen silent forbids growth until it has been silent for the calm window. Those that
pilots bring about themselves (pressure, heat, a full disk) fall silent just because pilots have gone.
Such a signal takes half of the pilots at a time, and each time that it comes back soon its window is
twice as long: an alarm that pilots cause every time ends up at one an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from plancton.core.memory import Hold
from plancton.core.observe import Pilots, Seen
from plancton.core.policy import Policy
from plancton.core.signals import Finding, findings, unreadable
from plancton.core.thresholds import HELD_WHILE_FROZEN, SignalName

SELF_MADE = {
    SignalName.TEMPERATURE,
    SignalName.CPU_PRESSURE,
    SignalName.IO_PRESSURE,
    SignalName.MEMORY_PRESSURE,
    SignalName.DISK,
}
# These have their own clock, or are one: they need no second.
OWN_CLOCK = {SignalName.HOURS, SignalName.PRESENCE}
# Pressure is an average over 10 s and heat is slower still: what the first half of the pilots brought
# about by going is seen only after that. (systemd-oomd waits as long after each kill.)
STEP_SECONDS = 15.0
LONGEST_HOLD_SECONDS = 3600.0
# Silent for so much longer than it was held: what comes then is another story.
FORGOTTEN_AFTER_SECONDS = 3600.0


@dataclass(frozen=True)
class Demand:
    """What a signal asks for now: no growth, and at most `ceiling` pilots, None as many as there are.

    Frozen ones go on up to `thaw_ceiling`: what a signal took that pilots bring about themselves stays
    taken until it has been silent for its time.
    """

    name: SignalName
    because: str
    ceiling: int | None = None
    thaw_ceiling: int | None = None


def watch(policy: Policy, holds: Mapping[str, Hold], seen: Seen, pilots: Pilots) -> dict[str, Hold]:
    """The clocks of all signals after this tick."""
    now, found = seen.monotonic, findings(policy, seen)
    after: dict[str, Hold] = {}
    for finding in found:
        before = holds.get(finding.name)
        if finding.rings:
            running = pilots.kept if finding.name in HELD_WHILE_FROZEN else pilots.active
            after[finding.name] = _rung(policy, before, finding.name, now, running)
        elif before is not None and not _forgotten(policy, finding.name, before, now):
            last_at = before.last_at if finding.safe else now
            after[finding.name] = replace(before, rings=False, last_at=last_at)
    if unreadable(policy, seen):
        # Out of sight is not silent. It takes no pilot either: blind means no growth and no kill.
        out_of_sight = {name: hold for name, hold in holds.items() if name not in {f.name for f in found}}
        after |= {name: replace(hold, rings=False, last_at=now) for name, hold in out_of_sight.items()}
    return after


def demands(policy: Policy, holds: Mapping[str, Hold], seen: Seen) -> tuple[Demand, ...]:
    """What the signals ask for, once `watch` has seen the tick."""
    if not holds:
        return ()
    asked = (_demand(policy, holds.get(f.name), f, seen.monotonic) for f in findings(policy, seen))
    return tuple(demand for demand in asked if demand is not None)


def _demand(policy: Policy, hold: Hold | None, finding: Finding, now: float) -> Demand | None:
    if hold is None:
        return None
    if hold.rings:
        return Demand(finding.name, finding.because, hold.ceiling)
    length, silent = _length(policy, finding.name, hold), now - hold.last_at
    if silent >= length:
        return None
    because = f"{finding.because}; quiet for {silent:.0f} of {length:.0f} s"
    return Demand(finding.name, because, thaw_ceiling=hold.ceiling if finding.name in SELF_MADE else None)


def _rung(policy: Policy, before: Hold | None, name: SignalName, now: float, running: int) -> Hold:
    if name not in SELF_MADE:
        return Hold(rings=True, last_at=now)
    if before is None or _forgotten(policy, name, before, now):
        return Hold(rings=True, last_at=now, ceiling=running // 2, stepped_at=now)
    if now - before.last_at >= _length(policy, name, before):
        # Pilots had been let in again, and it is back.
        return Hold(True, now, before.times + 1, running // 2, now)
    if now - before.stepped_at >= STEP_SECONDS:
        return Hold(True, now, before.times, min(running, before.ceiling) // 2, now)
    return replace(before, rings=True, last_at=now)


def _length(policy: Policy, name: SignalName, hold: Hold) -> float:
    """Seconds of silence before pilots may be started again."""
    if name in OWN_CLOCK:
        return 0.0
    # The exponent is bounded: 2.0**1024 overflows.
    longer = policy.calm_seconds * 2.0 ** min(hold.times - 1, 30)
    return max(min(longer, LONGEST_HOLD_SECONDS), policy.calm_seconds)


def _forgotten(policy: Policy, name: SignalName, hold: Hold, now: float) -> bool:
    memorable = FORGOTTEN_AFTER_SECONDS if name in SELF_MADE else 0.0
    return now - hold.last_at >= _length(policy, name, hold) + memorable
