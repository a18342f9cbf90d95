"""Every expression of the dashboards, with their variables filled in as where all hosts are shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DASHBOARDS = Path(__file__).parents[3] / "grafana/dashboards"
LABEL_VALUES = re.compile(r"label_values\((?:(?P<series>.+),\s*)?(?P<label>\w+)\)")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
SCRAPE_SECONDS = 15
# As many as a panel of usual width has.
MOST_POINTS = 720


@dataclass(frozen=True)
class Expression:
    """A panel's. `points`: how many moments it is evaluated at; 1 for an instant query."""

    dashboard: str
    panel: str
    text: str
    points: int


@dataclass(frozen=True)
class Choice:
    """What fills a variable's list: the values that a label has in some series."""

    dashboard: str
    variable: str
    label: str
    series: str | None


def dashboards(directory: Path) -> list[tuple[str, dict[str, Any]]]:
    """Their names and contents."""
    return [(path.stem, json.loads(path.read_text())) for path in sorted(directory.glob("*.json"))]


def expressions(directory: Path, one_host: str, one_site: str) -> Iterator[Expression]:
    """All of them; a variable that takes one value only has one of these two."""
    for name, dashboard in dashboards(directory):
        values = _values(dashboard, {"instance": one_host, "host": one_host, "site": one_site})
        seconds = _seconds(dashboard.get("time", {}).get("from", "now-1h"))
        points = min(seconds // SCRAPE_SECONDS, MOST_POINTS)
        values |= {"__range": f"{seconds}s", "__range_s": str(seconds), "__interval": f"{seconds // points}s"}
        values |= {"__rate_interval": f"{4 * SCRAPE_SECONDS}s"}
        for panel in _panels(dashboard["panels"]):
            for target in panel.get("targets", []):
                if target.get("expr"):
                    text = _filled(target["expr"], values)
                    yield Expression(
                        name, panel.get("title", ""), text, 1 if target.get("instant") else points
                    )


def choices(directory: Path) -> Iterator[Choice]:
    """The lists of the variables."""
    for name, dashboard in dashboards(directory):
        for variable in dashboard.get("templating", {}).get("list", []):
            query = variable.get("query")
            text = query.get("query", "") if isinstance(query, dict) else query
            found = LABEL_VALUES.fullmatch(text or "")
            if variable.get("type") == "query" and found:
                series = found["series"] and _filled(found["series"], _values(dashboard, {}))
                yield Choice(name, variable["name"], found["label"], series)


def _values(dashboard: dict[str, Any], single: dict[str, str]) -> dict[str, str]:
    found = {}
    for variable in dashboard.get("templating", {}).get("list", []):
        current = variable.get("current", {}).get("value")
        if variable.get("includeAll"):
            found[variable["name"]] = variable.get("allValue") or ".*"
        elif variable["name"] in single:
            found[variable["name"]] = single[variable["name"]]
        else:
            found[variable["name"]] = current if isinstance(current, str) and current else "plancton"
    return found


def _filled(text: str, values: dict[str, str]) -> str:
    for name in sorted(values, key=len, reverse=True):
        text = re.sub(rf"\$\{{{name}(:\w+)?\}}|\${name}\b", lambda _, name=name: values[name], text)  # type: ignore[misc]
    return text


def _panels(panels: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for panel in panels:
        yield panel
        yield from _panels(panel.get("panels", []))


def _seconds(start: str) -> int:
    found = re.fullmatch(r"now-(\d+)([smhdw])(?:/\w)?", start)
    return int(found[1]) * UNITS[found[2]] if found else 3600
