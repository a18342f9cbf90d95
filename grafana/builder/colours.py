"""Colours by what they mean. Names of Grafana's palette: each theme has its own shade of them.

A colour means the same on every page. Whoever cannot tell red from green reads the word beside it.
"""

from __future__ import annotations

from typing import Any

GOOD = "green"
WARNING = "orange"
BAD = "red"
# A figure that is neither good nor bad. The theme's own colour of text.
PLAIN = "text"

OWNER = "blue"
PILOTS = "green"
IDLE = "text"

FROZEN = "light-blue"
ON_THE_WAY = "yellow"
LOST = "orange"

# Whose doing it is that there are no more pilots.
ROOM = "green"
OWNERS_WORD = "purple"
PROTECTION = "yellow"
FAULT = "red"


def fixed(colour: str) -> dict[str, Any]:
    """Always this one."""
    return {"mode": "fixed", "fixedColor": colour}


def by_threshold() -> dict[str, Any]:
    """That of the threshold which the value has passed."""
    return {"mode": "thresholds"}


def thresholds(first: str, *steps: tuple[float, str]) -> dict[str, Any]:
    """`first` below all steps; from each step's value on, its colour."""
    rows: list[dict[str, Any]] = [{"color": first, "value": None}]
    rows += [{"color": colour, "value": value} for value, colour in steps]
    return {"mode": "absolute", "steps": rows}


NO_THRESHOLDS = thresholds(PLAIN)
