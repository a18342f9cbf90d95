"""The committed dashboards as the tests read them, and what their expressions name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser
import yaml

TOP = Path(__file__).resolve().parents[1]
DIRECTORY = TOP / "grafana" / "dashboards"
RULES = TOP / "ansible" / "roles" / "prometheus" / "files"
PAGES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted(DIRECTORY.glob("*.json"))
}

# What stands for Grafana's intervals. Its other variables stand in patterns, and a pattern may be any text.
INTERVALS = {"$__rate_interval": "15s", "$__interval": "1h", "$__range": "1h"}


@dataclass(frozen=True)
class Target:
    """One query of a panel."""

    page: str
    panel: dict[str, Any]
    target: dict[str, Any]

    @property
    def expr(self) -> str:
        """As it is written."""
        expr: str = self.target["expr"]
        return expr

    def parsed(self) -> promql_parser.Expr:
        """With intervals in the place of Grafana's variables."""
        return parsed(replaced(self.expr, INTERVALS))

    def __str__(self) -> str:
        return f"{self.page}: {self.panel['title']}: {self.target['refId']}"


@cache
def parsed(expr: str) -> promql_parser.Expr:
    """Raises ValueError where it is no PromQL."""
    return promql_parser.parse(expr)


def replaced(expr: str, values: dict[str, str]) -> str:
    """Variables by their values; the longer name first, since one may begin like another."""
    for name in sorted(values, key=len, reverse=True):
        expr = expr.replace(name, values[name])
    return expr


def panels(page: dict[str, Any]) -> list[dict[str, Any]]:
    """All but the headings."""
    return [panel for panel in page["panels"] if panel["type"] != "row"]


def targets(name: str) -> list[Target]:
    """Every query of every panel of a page."""
    return [Target(name, panel, target) for panel in panels(PAGES[name]) for target in panel["targets"]]


def parts(expr: promql_parser.Expr) -> list[promql_parser.Expr]:
    """An expression and all that it is made of."""
    found: list[promql_parser.Expr] = []
    promql_parser.walk(expr, found.append)
    return found


def selectors(expr: promql_parser.Expr) -> list[promql_parser.VectorSelector]:
    """Every selector within an expression."""
    return [part for part in parts(expr) if isinstance(part, promql_parser.VectorSelector)]


def rules() -> dict[str, str]:
    """Every recording rule with its expression."""
    files = [yaml.safe_load(path.read_text()) for path in sorted(RULES.glob("*.yml"))]
    every = [rule for file in files for group in file["groups"] for rule in group["rules"]]
    return {rule["record"]: rule["expr"] for rule in every if "record" in rule}


def strings(value: Any) -> Iterator[tuple[str, str]]:
    """Every text within a dashboard, with the key that it has or that its list has."""
    if isinstance(value, dict):
        for key, part in value.items():
            if isinstance(part, str):
                yield key, part
            else:
                yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def labels_of_legend(legend: str) -> set[str]:
    """The labels that a legend is made of."""
    return set(re.findall(r"\{\{(\w+)\}\}", legend))
