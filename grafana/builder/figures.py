"""Panels that show single figures: the ones to be read in five seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grafana.builder import colours
from grafana.builder.panel import Json, Panel, Query


def stat(
    title: str,
    description: str,
    *queries: Query,
    width: int = 3,
    height: int = 4,
    unit: str = "none",
    decimals: int | None = None,
    thresholds: Json = colours.NO_THRESHOLDS,
    mappings: Sequence[Json] = (),
    overrides: Sequence[Json] = (),
    nothing: str | None = None,
    course: bool = False,
) -> Panel:
    """Figures in large print, one for each series.

    `nothing` stands there without data; `course`: with their course behind them.
    """
    defaults = _defaults(unit, decimals, thresholds, mappings)
    defaults |= {} if nothing is None else {"noValue": nothing}
    options = {
        "colorMode": "value",
        "graphMode": "area" if course else "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": "auto",
        "reduceOptions": _last(),
    }
    return Panel("stat", title, description, queries, width, height, defaults, options, overrides)


def gauge(
    title: str, description: str, query: Query, *, width: int = 3, height: int = 4, thresholds: Json
) -> Panel:
    """A part of a whole, 0 to 1."""
    defaults = _defaults("percentunit", 0, thresholds, ()) | {"min": 0, "max": 1}
    options = {
        "showThresholdLabels": False,
        "showThresholdMarkers": True,
        "orientation": "auto",
        "reduceOptions": _last(),
    }
    return Panel("gauge", title, description, [query], width, height, defaults, options)


def bars(
    title: str,
    description: str,
    query: Query,
    *,
    width: int = 8,
    height: int = 9,
    unit: str = "none",
    decimals: int | None = None,
    thresholds: Json = colours.NO_THRESHOLDS,
    most: float | None = None,
    links: Sequence[Json] = (),
) -> Panel:
    """A bar for each series, in the order in which they come."""
    defaults = _defaults(unit, decimals, thresholds, ()) | {
        "min": 0,
        "links": list(links),
    }
    if most is not None:
        defaults["max"] = most
    options = {
        "displayMode": "basic",
        "orientation": "horizontal",
        "showUnfilled": True,
        "valueMode": "color",
        "minVizHeight": 10,
        "minVizWidth": 0,
        "reduceOptions": _last(),
    }
    return Panel("bargauge", title, description, [query], width, height, defaults, options)


def _defaults(unit: str, decimals: int | None, thresholds: Json, mappings: Sequence[Json]) -> Json:
    defaults: dict[str, Any] = {
        "unit": unit,
        "color": colours.by_threshold(),
        "thresholds": thresholds,
        "mappings": list(mappings),
    }
    return defaults if decimals is None else {**defaults, "decimals": decimals}


def _last() -> Json:
    return {"calcs": ["lastNotNull"], "fields": "", "values": False}
