"""What pilots do, by kind and by site."""

from __future__ import annotations

from grafana.builder.expressions import FROZEN, HOURS, LOST, RUNNING, STARTED, USEFUL, in_each_step, of_kinds
from grafana.builder.graphs import graph
from grafana.builder.panel import Panel, Query
from grafana.builder.styles import AREAS, SUMS
from grafana.builder.tables import Column, table
from grafana.builder.thresholds import PART_LOST
from grafana.builder.words import OUTCOMES, REASONS, by_value

STEP = "1h"
STATES = "site_kind_state:plancton_pilots:sum"
STARTS = "site_kind_result:plancton_pilot_starts:increase5m"
EXITS = "site_kind_outcome:plancton_pilot_exits:increase5m"
ENDED = "site_kind_fate:plancton_pilot_cpu_seconds:increase5m"


def by_kind_and_site() -> Panel:
    """One row for each kind at each site."""
    useful, lost = (f"{_sum(of_kinds(ENDED, fate))} / {HOURS}" for fate in (USEFUL, LOST))
    part = f"{_sum(of_kinds(ENDED, LOST))} / ({_sum(of_kinds(ENDED))} > 0)"
    columns = [
        Column("Site", label="site"),
        Column("Kind", label="kind"),
        Column("Running now", query=_now(f"sum by (site, kind) ({of_kinds(STATES, RUNNING)})")),
        Column("Frozen now", query=_now(f"sum by (site, kind) ({of_kinds(STATES, FROZEN)})")),
        Column("Started", query=_now(_sum(of_kinds(STARTS, STARTED))), decimals=0),
        Column("Could not start", query=_now(_sum(of_kinds(STARTS, 'result="failed"'))), decimals=0),
        Column("Useful core-hours", query=_now(useful), decimals=1),
        Column("Lost core-hours", query=_now(lost), decimals=1),
        Column("Part lost", query=_now(part), unit="percentunit", decimals=1, thresholds=PART_LOST),
        Column("Times frozen", query=_now(_given("freezes")), decimals=0),
        Column("Asked to end", query=_now(_given("stops")), decimals=0),
        Column("Killed", query=_now(_given("kills")), decimals=0),
    ]
    about = (
        "What pilots of each kind did at each site within the time that is shown: how many were started, "
        "what of their work was useful and what was lost, and how often they had to give way."
    )
    return table("By kind and site", about, *columns, sort_by="Useful core-hours", height=8)


def _given(action: str) -> str:
    return _sum(of_kinds(f"site_kind_reason:plancton_pilot_{action}:increase5m"))


def _sum(series: str) -> str:
    return f"sum by (site, kind) (sum_over_time({series}[$__range]))"


def _now(expr: str) -> Query:
    return Query(expr, now=True)


def lines() -> list[list[Panel]]:
    """From what runs to how it ends."""
    return [[_running("kind"), _running("site")], [_started(), _endings(), _frozen()]]


def _running(label: str) -> Panel:
    about = f"Pilots that run, by {label}."
    query = Query(f"sum by ({label}) ({of_kinds(STATES, RUNNING)})", f"{{{{{label}}}}}")
    return graph(f"Running, by {label}", about, query, style=AREAS, decimals=0)


def _started() -> Panel:
    about = (
        "Pilots started in each hour, by kind. Many starts and little work: the kind finds no jobs, or ends"
        " early."
    )
    query = Query(f"sum by (kind) ({in_each_step(of_kinds(STARTS, STARTED))})", "{{kind}}", step=STEP)
    return graph("Started", about, query, style=SUMS, width=8, decimals=0)


def _endings() -> Panel:
    about = "Pilots that ended in each hour. Done and failed are the pilots' own endings, the others are not."
    query = Query(f"sum by (outcome) ({in_each_step(of_kinds(EXITS))})", "{{outcome}}", step=STEP)
    return graph("Endings", about, query, style=SUMS, width=8, decimals=0, words=OUTCOMES)


def _frozen() -> Panel:
    about = "Pilots frozen in each hour, by reason. They go on later; nothing is lost by it."
    freezes = of_kinds("site_kind_reason:plancton_pilot_freezes:increase5m")
    query = Query(f"sum by (reason) ({in_each_step(freezes)})", "{{reason}}", step=STEP)
    return graph("Frozen, by reason", about, query, style=SUMS, width=8, decimals=0, words=by_value(REASONS))
