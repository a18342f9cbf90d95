"""Tables: a row for each host, alert or kind, a column for each query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from grafana.builder import colours
from grafana.builder.panel import PAGE, Json, Panel, Query, override


@dataclass(frozen=True)
class Column:
    """A label of the rows (`label`), or the values of a query (`query`).

    With both it is a label that this query alone brings along; its values are not shown.
    """

    title: str
    label: str | None = None
    query: Query | None = None
    unit: str = "none"
    decimals: int | None = None
    mappings: Sequence[Json] = ()
    thresholds: Json | None = None
    links: Sequence[Json] = ()
    width: int | None = None

    def looks(self) -> Json:
        """How its cells differ from plain text."""
        looks: dict[str, Any] = {"unit": self.unit}
        looks |= {} if self.decimals is None else {"decimals": self.decimals}
        if self.mappings or self.thresholds:
            looks["custom__cellOptions"] = {"type": "color-text"}
            looks["mappings"] = list(self.mappings)
            looks["thresholds"] = self.thresholds or colours.NO_THRESHOLDS
        looks |= {"links": list(self.links)} if self.links else {}
        looks |= {} if self.width is None else {"custom__width": self.width}
        return override(self.title, **looks)


def table(
    title: str,
    description: str,
    *columns: Column,
    sort_by: str,
    falling: bool = True,
    width: int = PAGE,
    height: int = 12,
    unused: Sequence[str] = ("Time", "job"),
) -> Panel:
    """The columns from left to right. Rows are joined by all the labels that the queries have in common.

    `unused`: fields that the queries bring along and nobody wants to see.
    """
    queries = [column.query for column in columns if column.query is not None]
    defaults = {
        "unit": "none",
        "color": colours.by_threshold(),
        "custom": {"align": "auto", "filterable": True},
        "thresholds": colours.NO_THRESHOLDS,
        "mappings": [],
        "noValue": "",
    }
    options = {
        "showHeader": True,
        "cellHeight": "sm",
        "footer": {"show": False, "fields": "", "reducer": ["sum"]},
        "sortBy": [{"displayName": sort_by, "desc": falling}],
    }
    overrides = [column.looks() for column in columns]
    shape = _shape(columns, unused)
    return Panel("table", title, description, queries, width, height, defaults, options, overrides, shape)


def _shape(columns: Sequence[Column], unused: Sequence[str]) -> list[Json]:
    """Grafana calls the values of one query `Value`, those of several `Value #A`, `Value #B` and so on."""
    asking = [column for column in columns if column.query is not None]
    names = ["Value"] if len(asking) == 1 else [f"Value #{ref}" for ref in ascii_uppercase]
    values = {column.title: name for column, name in zip(asking, names, strict=False)}
    fields = {column.label or values[column.title]: column.title for column in columns}
    organize = {
        "excludeByName": dict.fromkeys([*unused, *(set(values.values()) - set(fields))], True),
        "indexByName": {name: place for place, name in enumerate(fields)},
        "renameByName": fields,
    }
    return [{"id": "merge", "options": {}}, {"id": "organize", "options": organize}]
