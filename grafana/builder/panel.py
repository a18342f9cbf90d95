"""A panel: what it asks Prometheus, and how that is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Any

from grafana.builder.variables import DATA_SOURCE

Json = dict[str, Any]

# The width of a page, in Grafana's units.
PAGE = 24


@dataclass(frozen=True)
class Query:
    """One expression. `now`: its value at the end of the time range, and not its course.

    `step` is the least time between two points; the expression's `$__interval` is never less.
    """

    expr: str
    legend: str = ""
    now: bool = False
    step: str | None = None

    def json(self, ref: str, *, table: bool) -> Json:
        """The target of a panel."""
        target: Json = {
            "datasource": DATA_SOURCE,
            "editorMode": "code",
            "expr": self.expr,
            "legendFormat": self.legend,
            "refId": ref,
            "range": not self.now,
            "instant": self.now,
            "format": "table" if table else "time_series",
        }
        return target if self.step is None else {**target, "interval": self.step}


@dataclass(frozen=True)
class Panel:
    """Everything but its place. Width and height are in Grafana's units: 24 make a page's width."""

    type: str
    title: str
    description: str
    queries: Sequence[Query]
    width: int
    height: int
    defaults: Json
    options: Json
    overrides: Sequence[Json] = ()
    transformations: Sequence[Json] = ()
    more: Json = field(default_factory=dict)

    def json(self, number: int, x: int, y: int) -> Json:
        """The panel as Grafana stores it; `number` is its id on the page."""
        table = self.type == "table"
        return {
            "id": number,
            "title": self.title,
            "description": self.description,
            "type": self.type,
            "datasource": DATA_SOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "fieldConfig": {"defaults": self.defaults, "overrides": list(self.overrides)},
            "options": self.options,
            "targets": [
                q.json(ref, table=table) for ref, q in zip(ascii_uppercase, self.queries, strict=False)
            ],
            "transformations": list(self.transformations),
            **self.more,
        }


def override(series: str, **properties: Any) -> Json:
    """What is different about the series or the column of that name. `__` in a property's name is a dot."""
    listed = [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()]
    return {"matcher": {"id": "byName", "options": series}, "properties": listed}
