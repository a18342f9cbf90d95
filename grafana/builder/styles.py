"""How a course in time is drawn, and what its legend tells."""

from __future__ import annotations

from dataclasses import dataclass

from grafana.builder.panel import PAGE, Json


@dataclass(frozen=True)
class Style:
    """`look` are Grafana's options of a field; `calculation` is a figure of the whole range beside a name."""

    look: Json
    calculation: str | None = None
    heading: str = ""


def _line(fill: int, stacking: str) -> Json:
    return {
        "drawStyle": "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": fill,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": stacking, "group": "A"},
    }


LINES = Style(_line(8, "none"))
# Parts of a whole, one on the other.
AREAS = Style(_line(50, "normal"))
# What happens now and then: a line would connect what has nothing to do with each other.
POINTS = Style(
    {
        "drawStyle": "points",
        "pointSize": 6,
        "showPoints": "always",
        "stacking": {"mode": "none", "group": "A"},
    }
)
# A point stands for the step that begins there (`in_each_step`, `grown`), and the steps add up.
SUMS = Style(
    {
        "drawStyle": "bars",
        "barAlignment": 1,
        "lineWidth": 0,
        "fillOpacity": 80,
        "showPoints": "never",
        "stacking": {"mode": "normal", "group": "A"},
    },
    "sum",
    "Total",
)


def legend(style: Style, width: int) -> Json:
    """A list of names; with figures beside them a table, since many of the series may be all zero."""
    if style.calculation is None:
        return listed()
    return {
        "displayMode": "table",
        "placement": "right" if width >= PAGE // 2 else "bottom",
        "showLegend": True,
        "calcs": [style.calculation],
        "sortBy": style.heading,
        "sortDesc": True,
    }


def listed() -> Json:
    """A list of names below."""
    return {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
