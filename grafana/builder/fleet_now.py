"""The fleet's figures for the first glance."""

from __future__ import annotations

from grafana.builder.expressions import FROZEN, HOURS, LENT, NOT_USED_BY_OWNERS, RUNNING, of_sites
from grafana.builder.figures import gauge, stat
from grafana.builder.panel import Panel, Query
from grafana.builder.thresholds import NONE_IS_RIGHT, ONE_MAY_BE_OFF, OWNER_WAITED, PART_LENT, PART_LOST
from grafana.builder.words import STATES

RATE = "site_consumer:plancton_cpu_seconds:rate2m"
STEPS = "site_consumer:plancton_cpu_seconds:increase5m"


def first_line() -> list[Panel]:
    """The harvest, now and of the week."""
    return [_now(), _part_now(), _week(), _part_of_week(), _pilots()]


def second_line() -> list[Panel]:
    """What might want a person."""
    return [_alerts(), _down(), _waited(), _black_holes(), _lost(), _hosts()]


def _now() -> Panel:
    about = "Cores that pilots use now, and all that owners do not use: the pilots' and what is idle."
    queries = [
        Query(f"sum({of_sites(RATE, LENT)})", "lent"),
        Query(f"sum({of_sites(RATE, NOT_USED_BY_OWNERS)})", "free of owners"),
    ]
    return stat("Cores lent now", about, *queries, width=6, decimals=1, course=True)


def _part_now() -> Panel:
    about = (
        "Part of what owners do not use that is lent now. Below half something else keeps pilots away: see "
        "what keeps idle cores from being lent."
    )
    part = f"sum({of_sites(RATE, LENT)}) / (sum({of_sites(RATE, NOT_USED_BY_OWNERS)}) > 0)"
    return gauge("Of the idle, now", about, Query(part, "lent", now=True), thresholds=PART_LENT)


def _week() -> Panel:
    about = "Core-hours that pilots have used in seven days, and all that owners have not used."
    queries = [Query(f"{_of_week(LENT)} / {HOURS}", "lent", now=True)]
    queries.append(Query(f"{_of_week(NOT_USED_BY_OWNERS)} / {HOURS}", "free of owners", now=True))
    return stat("Core-hours this week", about, *queries, width=6)


def _part_of_week() -> Panel:
    about = "Part of what owners have not used in seven days that was lent."
    part = f"{_of_week(LENT)} / ({_of_week(NOT_USED_BY_OWNERS)} > 0)"
    return gauge("Of the idle, this week", about, Query(part, "lent", now=True), thresholds=PART_LENT)


def _of_week(matcher: str) -> str:
    return f"sum(sum_over_time({of_sites(STEPS, matcher)}[7d]))"


def _pilots() -> Panel:
    about = (
        "Pilots that run and that are frozen, and how many the agents want. Frozen ones hold memory and use"
        " no CPU."
    )
    running, frozen = (of_sites("site_state:plancton_pilots:sum", state) for state in (RUNNING, FROZEN))
    queries = [
        Query(f"sum({running})", STATES["running"].text),
        Query(f"sum({frozen})", STATES["frozen"].text),
        Query(f"sum({of_sites('site:plancton_pilots_target:sum')})", "target"),
    ]
    return stat("Pilots now", about, *queries, width=6)


def _alerts() -> Panel:
    about = "Alerts of Plancton that fire now. They are listed below, and docs/runbook.md tells what to do."
    firing = of_sites("ALERTS", 'alertname=~"Plancton.+"', 'alertstate="firing"')
    query = Query(f"count({firing}) or vector(0)", "firing", now=True)
    return stat("Alerts that fire", about, query, width=4, thresholds=NONE_IS_RIGHT)


def _down() -> Panel:
    about = "Hosts whose agents do not answer. Desktops that are switched off are among them."
    query = Query(f"sum({of_sites('site:plancton_hosts_down:count')})", "down")
    return stat("Hosts down", about, query, width=4, thresholds=ONE_MAY_BE_OFF, course=True)


def _waited() -> Panel:
    about = (
        "Part of the last five minutes in which an owner wanted CPU that pilots were using, on the host "
        "where that was the most. If it stays above 1 % for an hour PlanctonOwnerImpact calls, from 10 % on"
        " PlanctonHostSaturated may."
    )
    query = Query(f"max({of_sites('site:plancton_owner_impact_seconds:max_rate5m')})", "waited")
    return stat(
        "Owner waited, at worst",
        about,
        query,
        width=4,
        unit="percentunit",
        decimals=1,
        thresholds=OWNER_WAITED,
        course=True,
    )


def _black_holes() -> Panel:
    about = (
        "Kinds of pilots that have failed five times in a row on a host, on all hosts together. Many at "
        "once: the image or the batch system. One: that host."
    )
    query = Query(f"sum({of_sites('site_kind:plancton_kind_black_hole:count')})", "black holes")
    return stat("Black holes", about, query, width=4, thresholds=ONE_MAY_BE_OFF)


def _lost() -> Panel:
    about = (
        "Part of the work of seven days, in core-seconds of pilots that have ended, that was lost because "
        "they were stopped or killed."
    )
    ended = "site_kind_fate:plancton_pilot_cpu_seconds:increase5m"
    lost, all_of_it = (f"sum(sum_over_time({of_sites(ended, *more)}[7d]))" for more in (['fate="lost"'], []))
    query = Query(f"{lost} / ({all_of_it} > 0)", "lost", now=True)
    return stat(
        "Work lost this week",
        about,
        query,
        width=4,
        unit="percentunit",
        decimals=1,
        thresholds=PART_LOST,
        nothing="nothing ended",
    )


def _hosts() -> Panel:
    about = "Hosts whose agents answer, and all that Prometheus knows of."
    queries = [
        Query(f"sum({of_sites('site:up:sum')})", "answer"),
        Query(f"sum({of_sites('site:up:count')})", "known"),
    ]
    return stat("Hosts that answer", about, *queries, width=4)
