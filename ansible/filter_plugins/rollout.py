"""In which waves a roll-out reaches the donors, and when it goes no further."""

from __future__ import annotations

import math
import re

# What part of all donors has been reached after each wave but the first, which tries, and the last.
MARKS = ("10%", "50%")
# So few are as soon looked after as waited for, one after another.
AT_ONCE = 3
MAX_FAILURES_PERCENT = 30
VARIABLES = {"rollout_waves", "rollout_max_failures_percent"}
FEW = 5


def mark(text: object, total: int) -> int:
    """Donors that have been reached: `5`, or `10%` of all, rounded up. ValueError on anything else."""
    found = re.fullmatch(r"([1-9]\d*)(%?)", str(text))
    if not found or (found[2] and int(found[1]) > 100):  # noqa: PLR2004 - percent
        raise ValueError(f"{text} is neither a number of donors, such as 5, nor a part of them, such as 10%")
    return math.ceil(int(found[1]) * total / 100) if found[2] else int(found[1])


def rollout_waves(ready: list[str], canaries: list[str], marks: list | None = None) -> list[list[str]]:
    """The names of `ready` in waves. `marks`: where each ends but the first and the last; none: all at once.

    First come the canaries that are ready, or one donor where there are none. A wave that would be no larger
    than the one before would tell nothing new and is left out.
    """
    first = [name for name in ready if name in canaries]
    if marks == [] or (marks is None and not first and len(ready) <= AT_ONCE):
        return [ready] if ready else []
    first = first or ready[:1]
    rest = [name for name in ready if name not in first]
    waves, done = [first], len(first)
    for end in (mark(text, len(ready)) for text in (MARKS if marks is None else marks)):
        if end - done > len(waves[-1]) and end < len(ready):
            waves.append(rest[done - len(first) : end - len(first)])
            done = end
    return [wave for wave in (*waves, rest[done - len(first) :]) if wave]


def rollout_verdict(plan: list[list[str]], wave: int, alive: list[str], percent: int) -> str:
    """Why the roll-out ends with this wave, numbered from 0; empty: it goes on."""
    members, left = plan[wave], [name for later in plan[wave + 1 :] for name in later]
    failed = [name for name in members if name not in alive]
    too_many = len(failed) == len(members) if wave == 0 else len(failed) * 100 > percent * len(members)
    if not too_many or not left:
        return ""
    lost = f"{len(failed)} of its {len(members)} donors did not become ready ({_some(failed)})"
    return f"stopped after wave {wave + 1} of {len(plan)}: {lost}; not reached, and untouched: {_some(left)}"


def rollout_problems(groups: dict[str, list[str]], hosts: dict[str, dict]) -> list[str]:
    """Sentences about the group and the variables of the waves, which hold for the whole run."""
    donors = groups.get("donors", [])
    strangers = [name for name in groups.get("canaries", []) if name not in donors]
    problems = [f"the group canaries names {_some(strangers)}: not in donors"] if strangers else []
    for name in donors:
        problems += [
            f"{name}: {key} is not a known variable"
            for key in sorted(hosts[name])
            if key.startswith("rollout_") and key not in VARIABLES
        ]
    said: dict[str, None] = {}
    for name in donors:
        said |= dict.fromkeys(_wrong(hosts[name]))
    for key in sorted(VARIABLES):
        if len({str(hosts[name].get(key)) for name in donors}) > 1:
            said[f"{key} differs from donor to donor: it holds for all of them, as in [all:vars]"] = None
    return problems + list(said)


def _wrong(settings: dict) -> list[str]:
    problems = []
    percent = settings.get("rollout_max_failures_percent", MAX_FAILURES_PERCENT)
    if not re.fullmatch(r"\d{1,2}|100", str(percent)):
        problems.append(f"rollout_max_failures_percent must be a number from 0 to 100, not {percent}")
    marks = settings.get("rollout_waves", [])
    if not isinstance(marks, list):
        return [*problems, f'rollout_waves must be a list such as ["10%", "50%"], not {marks}']
    for text in marks:
        try:
            mark(text, 1)
        except ValueError as error:
            problems.append(f"rollout_waves: {error}")
    return problems


def _some(names: list[str]) -> str:
    more = len(names) - FEW
    return ", ".join(names[:FEW]) + (f" and {more} more" if more > 0 else "")


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict:
        """Names for templates."""
        return {
            "rollout_waves": rollout_waves,
            "rollout_verdict": rollout_verdict,
            "rollout_problems": rollout_problems,
        }
