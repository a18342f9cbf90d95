"""Each decision as a sentence with its numbers, for the owner who asks why."""

from __future__ import annotations

from collections import Counter

from plancton.core.decide import Decision
from plancton.model import Freeze, Kill, Start, Stop, Thaw


def narrate(decision: Decision) -> str:
    """One sentence: what binds, what is aimed at, what is there, what is done about it."""
    because = decision.binding.because
    if decision.target is None:
        aim = "the engine cannot say how many pilots there are"
    else:
        frozen = f", {decision.frozen} frozen" if decision.frozen else ""
        aim = f"aiming at {_pilots(decision.target)}; {decision.running} running{frozen}"
    return f"{because}; {aim}; {_deeds(decision)}"


def _deeds(decision: Decision) -> str:
    deeds = []
    for kind, doing in ((Freeze, "freezing"), (Stop, "stopping"), (Kill, "killing")):
        reasons = Counter(a.reason.value for a in decision.actions if isinstance(a, kind))
        deeds += [f"{doing} {_pilots(n)} ({reason})" for reason, n in sorted(reasons.items())]
    thaws = sum(isinstance(a, Thaw) for a in decision.actions)
    deeds += [f"thawing {_pilots(thaws)}"] if thaws else []
    starts = Counter(a.kind for a in decision.actions if isinstance(a, Start))
    for name, number in sorted(starts.items()):
        # Where there is but one kind its name tells nothing.
        of_kind = f" of {name}" if len(decision.kinds) > 1 else ""
        deeds.append(f"starting {_pilots(number)}{of_kind}")
    if not deeds and decision.excess:
        deeds.append(f"{_pilots(decision.excess)} too many, waiting")
    return ", ".join(deeds) or "nothing to do"


def _pilots(number: int) -> str:
    return "1 pilot" if number == 1 else f"{number} pilots"
