"""Core-hours by day and by month: the work of pilots that have ended, and what has been lost of it."""

from __future__ import annotations

from grafana.builder.expressions import (
    FROZEN,
    HOURS,
    LENT,
    LOST,
    RUNNING,
    USEFUL,
    in_each_step,
    of_hosts,
    of_kinds,
    of_sites,
)
from grafana.builder.figures import bars, stat
from grafana.builder.graphs import graph
from grafana.builder.panel import Panel, Query
from grafana.builder.styles import SUMS
from grafana.builder.tables import Column, table
from grafana.builder.thresholds import PART_LOST
from grafana.builder.words import FATES, STATES

ENDED = "site_kind_fate:plancton_pilot_cpu_seconds:increase5m"
SPANS = {"24 h": "1d", "7 days": "7d", "30 days": "30d"}
DAY, MONTH = "1d", "30d"

# The month (UTC) of the moment that is looked at, as the value of a label: a month has no length to step by.
NAME_OF_MONTH = (
    'label_replace(count_values("month", year() * 100 + month()), "month", "$1-$2", "month", "(....)(..)")'
)


def figures() -> list[Panel]:
    """The pilots of now, and the sums of lately."""
    running, frozen = (
        f"sum({of_kinds('site_kind_state:plancton_pilots:sum', state)})" for state in (RUNNING, FROZEN)
    )
    pilots = [Query(running, STATES["running"].text), Query(frozen, STATES["frozen"].text)]
    return [
        stat("Pilots", "Pilots that run and that are frozen now.", *pilots, width=6),
        _sums("Useful core-hours", "Core-hours of pilots that ended by themselves.", USEFUL),
        _sums(
            "Lost core-hours",
            "Core-hours of pilots that were stopped or killed: jobs run again elsewhere.",
            LOST,
        ),
    ]


def _sums(title: str, about: str, fate: str) -> Panel:
    queries = [
        Query(f"sum(sum_over_time({of_kinds(ENDED, fate)}[{span}])) / {HOURS}", name, now=True)
        for name, span in SPANS.items()
    ]
    return stat(title, about + " A pilot counts when it ends.", *queries, width=9)


def by_day() -> Panel:
    """Useful and lost."""
    about = (
        "Core-hours of pilots that ended on each of the last 30 days, by whether they were of use. Today is"
        " so far."
    )
    query = Query(f"sum by (fate) ({in_each_step(of_kinds(ENDED))}) / {HOURS}", "{{fate}}", step=DAY)
    return graph("By day", about, query, style=SUMS, words=FATES, last=MONTH)


def by_month() -> Panel:
    """A row for each month, site and kind: the account that is sent to somebody."""
    useful, lost = _of_month(USEFUL), _of_month(LOST)
    columns = [
        Column("Month", label="month", width=90),
        Column("Site", label="site"),
        Column("Kind", label="kind"),
        Column("Useful", query=Query(f"{useful} / {HOURS}", now=True), decimals=1),
        Column("Lost", query=Query(f"{lost} / {HOURS}", now=True), decimals=1),
        Column(
            "Part lost",
            query=Query(f"{lost} / ({useful} + {lost} > 0)", now=True),
            unit="percentunit",
            decimals=1,
            thresholds=PART_LOST,
        ),
    ]
    about = (
        "Core-hours of pilots that ended in each month (UTC), by site and kind, as far back as Prometheus "
        "keeps its data (prometheus_retention). This month is so far."
    )
    return table("By month", about, *columns, sort_by="Month", width=12, height=8, unused=["Time"])


def _of_month(fate: str) -> str:
    day = f"sum by (site, kind) (sum_over_time({of_kinds(ENDED, fate)}[1d] offset -1d))"
    days = f"({day} * on () group_left (month) {NAME_OF_MONTH})[400d:1d]"
    return f"sum by (month, site, kind) (sum_over_time({days}))"


def whose() -> list[Panel]:
    """Who has given, who has used, and where it was lost."""
    return [_given(), _used(), _lost()]


def _given() -> Panel:
    about = (
        "Core-hours that pilots of all kinds have used on each of the last 30 days, by the site that lent "
        "them."
    )
    lent = of_sites("site_consumer:plancton_cpu_seconds:increase5m", LENT)
    query = Query(f"sum by (site) ({in_each_step(lent)}) / {HOURS}", "{{site}}", step=DAY)
    return graph("Lent, by site", about, query, style=SUMS, width=8, last=MONTH)


def _used() -> Panel:
    about = "Useful core-hours of pilots that ended on each of the last 30 days, by their kind."
    query = Query(f"sum by (kind) ({in_each_step(of_kinds(ENDED, USEFUL))}) / {HOURS}", "{{kind}}", step=DAY)
    return graph("Useful, by kind", about, query, style=SUMS, width=8, last=MONTH)


def _lost() -> Panel:
    about = "The ten hosts on which the most core-hours of the chosen kinds were lost in 24 hours."
    ended = of_hosts("instance_kind_fate:plancton_pilot_cpu_seconds:increase5m", 'kind=~"$kind"', LOST)
    lost = f"topk(10, sum by (job, instance, site) (sum_over_time({ended}[1d])) / {HOURS})"
    return bars(
        "Hosts that lose most, 24 h",
        about,
        Query(lost, "{{instance}}", now=True),
        width=8,
        height=8,
        decimals=1,
    )
