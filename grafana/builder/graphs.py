"""Panels with a course in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grafana.builder import colours
from grafana.builder.panel import Json, Panel, Query, override
from grafana.builder.styles import LINES, Style, legend, listed
from grafana.builder.words import Word


def graph(
    title: str,
    description: str,
    *queries: Query,
    style: Style = LINES,
    width: int = 12,
    height: int = 8,
    unit: str = "none",
    decimals: int | None = None,
    words: Mapping[str, Word] | None = None,
    thresholds: Json | None = None,
    overrides: Sequence[Json] = (),
    nothing: str | None = None,
    last: str | None = None,
) -> Panel:
    """Series over time.

    `words` name and colour them; `thresholds` are drawn as lines; `nothing` stands there without
    data; `last` is a time range of the panel's own.
    """
    limits = {"thresholdsStyle": {"mode": "off" if thresholds is None else "dashed"}}
    defaults: Json = {
        "unit": unit,
        "color": {"mode": "palette-classic"},
        "min": 0,
        "custom": {**style.look, **limits},
        "thresholds": thresholds or colours.NO_THRESHOLDS,
        "mappings": [],
    }
    defaults |= {} if decimals is None else {"decimals": decimals}
    defaults |= {} if nothing is None else {"noValue": nothing}
    options = {"legend": legend(style, width), "tooltip": {"mode": "multi", "sort": "desc"}}
    named = [_named(value, word) for value, word in (words or {}).items()]
    more = {} if last is None else {"timeFrom": last}
    return Panel(
        "timeseries",
        title,
        description,
        queries,
        width,
        height,
        defaults,
        options,
        [*named, *overrides],
        more=more,
    )


def timeline(
    title: str, description: str, query: Query, *, mappings: Sequence[Json], width: int = 12, height: int = 8
) -> Panel:
    """Which of several states, and for how long."""
    defaults = {
        "unit": "none",
        "color": colours.fixed(colours.PLAIN),
        "custom": {"fillOpacity": 75, "lineWidth": 0},
        "thresholds": colours.NO_THRESHOLDS,
        "mappings": list(mappings),
    }
    options = {
        "mergeValues": True,
        "showValue": "auto",
        "alignValue": "left",
        "rowHeight": 0.9,
        "legend": listed(),
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return Panel("state-timeline", title, description, [query], width, height, defaults, options)


def aim(series: str) -> Json:
    """A dashed line over what is stacked: a number that is wanted, not one that adds to the others."""
    return override(
        series,
        color=colours.fixed(colours.PLAIN),
        custom__fillOpacity=0,
        custom__lineWidth=2,
        custom__lineStyle={"fill": "dash", "dash": [8, 6]},
        custom__stacking={"mode": "none", "group": "A"},
    )


def _named(value: str, word: Word) -> Json:
    properties: Json = {"displayName": word.text, "color": colours.fixed(word.colour)}
    if word.colour == colours.PLAIN:
        properties["custom__fillOpacity"] = 8  # a full area of the text's colour would shout
    return override(value, **properties)
