"""The fleet host by host: which one wants a look."""

from __future__ import annotations

from grafana.builder.document import host_link
from grafana.builder.expressions import FROZEN, HOURS, LENT, NOT_USED_BY_OWNERS, RUNNING, of_hosts, of_sites
from grafana.builder.figures import bars
from grafana.builder.panel import Panel, Query
from grafana.builder.tables import Column, table
from grafana.builder.thresholds import OWNER_WAITED, PART_LENT
from grafana.builder.words import LIMITS, SEVERITIES, UP, mapping, named

LINK = host_link("${__value.raw}")
LINK_OF_BAR = host_link("${__field.labels.instance}")
STEPS = "instance_consumer:plancton_cpu_seconds:increase5m"
BY_HOST = "job, instance, site"


def lines() -> list[list[Panel]]:
    """What calls, all hosts, and the two ends of the list."""
    return [[_alerts(), _versions()], [_all()], [_top(), _bottom()]]


def _alerts() -> Panel:
    named_ours = 'alertname=~"Plancton.+"'
    firing = of_sites("ALERTS", named_ours, 'alertstate="firing"')
    began = f"{of_sites('ALERTS_FOR_STATE', named_ours)} and ignoring (alertstate) {firing}"
    since = Query(f"max by (alertname, severity, instance, site, kind) ({began}) * 1000", now=True)
    columns = [
        Column("Alert", label="alertname"),
        Column("Severity", label="severity", mappings=named(SEVERITIES), width=100),
        Column("Host", label="instance", links=[LINK]),
        Column("Site", label="site", width=120),
        Column("Kind", label="kind", width=120),
        Column("Since", query=since, unit="dateTimeFromNow"),
    ]
    about = (
        "Alerts of Plancton that fire now. docs/runbook.md has an entry for each: what it means, what to do."
    )
    return table("Alerts", about, *columns, sort_by="Since", width=16, height=8)


def _versions() -> Panel:
    about = "Hosts by the version of their agent. More than one: a roll-out is under way, or has stopped."
    query = Query(
        f"sum by (version) ({of_sites('site_version:plancton_build_info:count')})", "{{version}}", now=True
    )
    return bars("Versions of the agent", about, query, height=8)


def _all() -> Panel:
    day_lent, day_free = _day(LENT), _day(NOT_USED_BY_OWNERS)
    waited = f"sum_over_time({of_hosts('instance:plancton_owner_impact_seconds:increase5m')}[1h]) / {HOURS}"
    limit = Query(f"sum by ({BY_HOST}, limit) ({of_hosts('instance_limit:plancton_limit:max')})", now=True)
    columns = [
        Column("Host", label="instance", links=[LINK]),
        Column("Site", label="site"),
        Column("Agent", query=_now(of_hosts("instance:up:max")), mappings=mapping(UP.items())),
        Column("What limits it", label="limit", query=limit, mappings=named(LIMITS)),
        Column("Running", query=_now(of_hosts("instance_state:plancton_pilots:sum", RUNNING))),
        Column("Frozen", query=_now(of_hosts("instance_state:plancton_pilots:sum", FROZEN))),
        Column("Target", query=_now(of_hosts("instance:plancton_pilots_target:max"))),
        Column(
            "Cores lent",
            query=_now(of_hosts("instance_consumer:plancton_cpu_seconds:rate2m", LENT)),
            decimals=1,
        ),
        Column("Core-hours, 24 h", query=_now(f"{day_lent} / {HOURS}"), decimals=1),
        Column(
            "Of the idle, 24 h",
            query=_now(f"{day_lent} / ({day_free} > 0)"),
            unit="percentunit",
            decimals=0,
            thresholds=PART_LENT,
        ),
        Column(
            "Owner waited, 1 h", query=_now(waited), unit="percentunit", decimals=1, thresholds=OWNER_WAITED
        ),
    ]
    about = (
        "Every host that Prometheus knows of, with its state and what it lends. A click on its name leads "
        "to its page. An agent that is down has no figures."
    )
    return table("Hosts", about, *columns, sort_by="Host", falling=False)


def _top() -> Panel:
    about = "The ten hosts that have lent the most core-hours in 24 hours. A click leads to the host."
    query = Query(f"topk(10, {_day(LENT)} / {HOURS})", "{{instance}}", now=True)
    return bars("Hosts that lend most", about, query, width=12, decimals=1, links=[LINK_OF_BAR])


def _bottom() -> Panel:
    about = (
        "The ten hosts that have lent the smallest part of what lay idle in 24 hours: one that quietly does"
        " nothing is here. A click leads to the host."
    )
    query = Query(f"bottomk(10, {_day(LENT)} / ({_day(NOT_USED_BY_OWNERS)} > 0))", "{{instance}}", now=True)
    return bars(
        "Hosts that lend least of their idle",
        about,
        query,
        width=12,
        unit="percentunit",
        decimals=0,
        thresholds=PART_LENT,
        most=1,
        links=[LINK_OF_BAR],
    )


def _day(matcher: str) -> str:
    return f"sum by ({BY_HOST}) (sum_over_time({of_hosts(STEPS, matcher)}[1d]))"


def _now(expr: str) -> Query:
    return Query(f"sum by ({BY_HOST}) ({expr})", now=True)
