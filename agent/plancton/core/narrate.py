"""Each decision as a sentence with its numbers, for the owner who asks why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from plancton.core.decide import Decision
from plancton.core.exits import Exit
from plancton.model import Freeze, Kill, Start, Stop, Tell, Thaw

# Ends that somebody may ask about later. That a pilot has done its work, or was ended by us, is no news.
REMARKABLE = (Exit.NO_WORK, Exit.DENIED, Exit.UNREACHABLE, Exit.FAILED, Exit.OUT_OF_MEMORY)
Ended = Mapping[tuple[str, Exit], int]
NOBODY: Ended = {}


def remarkable(ended: Ended) -> Ended:
    """Of pilots that have ended, by kind and how, those that are told each time."""
    return {key: number for key, number in ended.items() if key[1] in REMARKABLE}


def narrate(decision: Decision, ended: Ended = NOBODY) -> str:
    """One sentence: what binds, what is aimed at, what is there, what is done about it.

    `ended` are the pilots whose end has become known in this tick.
    """
    because = decision.binding.because
    if decision.target is None:
        aim = "the engine cannot say how many pilots there are"
    else:
        frozen = f", {decision.frozen} frozen" if decision.frozen else ""
        aim = f"aiming at {_pilots(decision.target)}; {decision.running} running{frozen}"
    return f"{because}; {aim}; {_deeds(decision, ended)}"


def _deeds(decision: Decision, ended: Ended) -> str:
    # Where there is but one kind its name tells nothing.
    several = len(decision.kinds) > 1
    deeds = [
        f"{_pilots(n)}{f' of {kind}' if several else ''} ended ({how.value})"
        for (kind, how), n in sorted(remarkable(ended).items())
    ]
    for kind, doing in ((Freeze, "freezing"), (Stop, "stopping"), (Kill, "killing")):
        reasons = Counter(a.reason.value for a in decision.actions if isinstance(a, kind))
        deeds += [f"{doing} {_pilots(n)} ({reason})" for reason, n in sorted(reasons.items())]
    thaws = sum(isinstance(a, Thaw) for a in decision.actions)
    deeds += [f"thawing {_pilots(thaws)}"] if thaws else []
    starts = Counter(a.kind for a in decision.actions if isinstance(a, Start))
    for name, number in sorted(starts.items()):
        deeds.append(f"starting {_pilots(number)}{f' of {name}' if several else ''}")
    told = sum(isinstance(a, Tell) for a in decision.actions)
    deeds += [f"telling {_pilots(told)} to take no new work"] if told else []
    if not deeds and decision.excess:
        deeds.append(f"{_pilots(decision.excess)} too many, waiting")
    return ", ".join(deeds) or "nothing to do"


def _pilots(number: int) -> str:
    return "1 pilot" if number == 1 else f"{number} pilots"
