"""What `plancton top` shows: lines of text made of a status and the last decisions, and of nothing else."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import Any

from plancton.cli.agent import GIB, warnings, wish
from plancton.cli.why import held
from plancton.spoken import duration, moment, printable

# How many decisions are asked for and shown, and how many of them keep their place before pilots do.
DECISIONS = 10
DECISIONS_KEPT = 3
SENTENCE_LINES = 3
LABEL = 9
NUMBERS = 24
LONGEST_BAR, SHORTEST_BAR = 50, 5


class Style(Enum):
    """How a line stands out where the terminal can do it. The words tell it all without."""

    PLAIN = 0
    HEADING = 1
    FROZEN = 2
    LEAVING = 3
    WARNING = 4


STYLES = {"frozen": Style.FROZEN, "stopping": Style.LEAVING, "releasing": Style.LEAVING}


@dataclass(frozen=True)
class Line:
    """One line of the screen, without a line end and without escapes."""

    text: str
    style: Style = Style.PLAIN


def screen(status: dict[str, Any], decisions: list[dict[str, Any]], width: int, height: int) -> list[Line]:
    """At most `height` lines of at most `width` characters. What finds no room is cut from below."""
    head = _head(status, width)
    told = _decisions(decisions, status["time"])
    # One line more each: the empty one above.
    room = height - len(head) - 1
    pilots = _pilots(status["pilots"], max(room - 1 - min(len(told), DECISIONS_KEPT + 1), 2))
    lines = [*head, Line(""), *pilots, Line(""), *told]
    return [Line(cut(printable(line.text), width), line.style) for line in lines[:height]]


def cut(text: str, width: int) -> str:
    """The text, with a sign where it is too long."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"[:width]


def _head(status: dict[str, Any], width: int) -> list[Line]:
    name, clock = f"{status['name']}, {status['mode']}", moment(status["time"], status["time"])
    title = f"{cut(name, max(width - len(clock) - 2, 1)):{max(width - len(clock), 1)}}{clock}"
    limit = f"{status['limit']['name']}: {status['limit']['because']}"
    return [
        Line(title, Style.HEADING),
        *map(Line, _wrapped(f"{status['sentence']}.", width)),
        Line(""),
        *map(Line, _bars(status, width)),
        Line(f"{'limit':{LABEL}}{limit}"),
        Line(f"{'wish':{LABEL}}{wish(status)}"),
        *map(Line, _states(status)),
        *(Line(warning, Style.WARNING) for warning in warnings(status)),
    ]


def _wrapped(text: str, width: int) -> list[str]:
    lines = textwrap.wrap(text, max(width, 1)) or [""]
    if len(lines) <= SENTENCE_LINES:
        return lines
    return [*lines[: SENTENCE_LINES - 1], " ".join(lines[SENTENCE_LINES - 1 :])]


def _bars(status: dict[str, Any], width: int) -> list[str]:
    cpu, memory = status["cpu"], status["memory"]
    lines = []
    if cpu:
        cores, owner, pilots = cpu["cores"], cpu["owner_cores"], cpu["pilot_cores"]
        idle = max(cores - owner - pilots, 0.0)
        for name, used in (("owner", owner), ("pilots", pilots), ("idle", idle)):
            numbers = f"{used:6.2f} of {cores:.2f} cores"
            lines.append(_bar(name, used / (cores or 1.0), numbers, width))
    else:
        lines.append(f"{'cpu':{LABEL}}cannot be read")
    if memory:
        total = memory["total_bytes"]
        used = total - memory["available_bytes"]
        numbers = f"{used / GIB:6.1f} of {total / GIB:.1f} GiB"
        lines.append(_bar("memory", used / (total or 1), numbers, width))
    else:
        lines.append(f"{'memory':{LABEL}}cannot be read")
    return lines


def _bar(name: str, share: float, numbers: str, width: int) -> str:
    length = min(width - LABEL - 2 - NUMBERS, LONGEST_BAR)
    if length < SHORTEST_BAR:
        return f"{name:{LABEL}}{numbers}"
    filled = round(min(max(share, 0.0), 1.0) * length)
    return f"{name:{LABEL}}[{'|' * filled:{length}}]{numbers}"


def _states(status: dict[str, Any]) -> list[str]:
    """How many pilots are running, frozen, on their way out, and the number aimed at."""
    states = Counter(p["state"] for p in status["pilots"] or [])
    if not states:
        return []
    told = ", ".join(f"{count} {state}" for state, count in states.items())
    return [f"{'states':{LABEL}}{told}; aiming at {status['target']}"]


def _pilots(pilots: list[dict[str, Any]] | None, room: int) -> list[Line]:
    """A line for each, as far as `room` lines go."""
    if pilots is None:
        return [Line("The engine cannot say which pilots there are.", Style.WARNING)]
    if not pilots:
        return [Line("No pilots.")]
    named = max(len("PILOT"), *(len(p["name"]) for p in pilots))
    kind = max(len("KIND"), *(len(p["kind"]) for p in pilots))
    lines = [Line(f"{'PILOT':{named}}  {'KIND':{kind}}  STATE      AGE     CPU TIME", Style.HEADING)]
    shown = pilots if len(pilots) < room else pilots[: max(room - 2, 0)]
    for p in shown:
        cpu_seconds = p.get("cpu_seconds")
        used = "-" if cpu_seconds is None else duration(cpu_seconds)
        age = duration(p["age_seconds"])
        row = f"{p['name']:{named}}  {p['kind']:{kind}}  {p['state']:9}  {age:6}  {used}"
        lines.append(Line(row, STYLES.get(p["state"], Style.PLAIN)))
    if len(shown) < len(pilots):
        lines.append(Line(f"and {len(pilots) - len(shown)} more"))
    return lines


def _decisions(decisions: list[dict[str, Any]], now: float) -> list[Line]:
    """The newest first: the oldest are cut off where there is no room."""
    if not decisions:
        return []
    rows = [(moment(e["at"], now), held(e), e["sentence"]) for e in reversed(decisions)]
    when, lasted = (max(len(row[column]) for row in rows) for column in (0, 1))
    title = Line("LAST DECISIONS, the newest first", Style.HEADING)
    return [title, *(Line(f"{row[0]:{when}}  {row[1]:{lasted}}  {row[2]}") for row in rows)]
