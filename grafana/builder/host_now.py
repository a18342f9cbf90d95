"""One host as it is now."""

from __future__ import annotations

from grafana.builder import colours
from grafana.builder.expressions import FROZEN, HOURS, LENT, RUNNING, of_host, word_of
from grafana.builder.figures import stat
from grafana.builder.panel import Panel, Query
from grafana.builder.tables import Column, table
from grafana.builder.thresholds import DISK_FREE, OWNER_WAITED
from grafana.builder.words import LIMITS, MODES, STATES, UP, WISHES, coded, mapping


def line() -> list[Panel]:
    """The first line: is all well, and how much is lent."""
    return [_agent(), _engine(), _mode(), _wish(), _limit(), _pilots(), _cores(), _waited()]


def _agent() -> Panel:
    about = "Whether the agent answers. Down: the host is off, unreachable, or its agent does not run."
    return stat("Agent", about, Query(of_host("up"), "agent"), width=2, mappings=mapping(UP.items()))


def _engine() -> Panel:
    about = "Whether the container engine answers the agent. Down: pilots can neither be started nor stopped."
    query = Query(of_host("plancton_engine_up"), "engine")
    return stat("Engine", about, query, width=2, mappings=mapping(UP.items()))


def _mode() -> Panel:
    about = "Whom the host belongs to. In a dry run the agent decides and does nothing."
    query = Query(word_of(of_host("plancton_mode"), "mode", MODES), "mode")
    return stat("Mode", about, query, mappings=coded(MODES))


def _wish() -> Panel:
    about = (
        "What the owner has asked for by `plancton pause`, `drain` and `resume`: pilots are welcome unless "
        "they did."
    )
    query = Query(word_of(of_host("plancton_intent"), "intent", WISHES), "wish")
    return stat("Owner's wish", about, query, mappings=coded(WISHES))


def _limit() -> Panel:
    about = "Why there are not more pilots. CPU: there are as many as the owner's use leaves room for."
    query = Query(word_of(of_host("plancton_limit"), "limit", LIMITS), "limit")
    return stat("What limits it now", about, query, width=4, mappings=coded(LIMITS))


def _pilots() -> Panel:
    about = (
        "Pilots that run and that are frozen, and how many the agent wants. Frozen ones hold memory and use"
        " no CPU."
    )
    running, frozen = (of_host("plancton_pilots", state) for state in (RUNNING, FROZEN))
    queries = [
        Query(f"sum by (instance) ({running})", STATES["running"].text),
        Query(f"sum by (instance) ({frozen})", STATES["frozen"].text),
        Query(of_host("plancton_pilots_target"), "target"),
    ]
    return stat("Pilots now", about, *queries, width=4)


def _cores() -> Panel:
    about = "Cores that pilots use."
    query = Query(f"rate({of_host('plancton_cpu_seconds_total', LENT)}[$__rate_interval])", "cores")
    return stat("Cores lent", about, query, decimals=2, course=True)


def _waited() -> Panel:
    about = (
        "Part of the last hour in which the owner wanted CPU that pilots were using. Next to nothing is "
        "right; from 1 % on PlanctonOwnerImpact calls, and from 10 % on PlanctonHostSaturated may."
    )
    waited = f"sum_over_time({of_host('instance:plancton_owner_impact_seconds:increase5m')}[1h]) / {HOURS}"
    query = Query(waited, "waited", now=True)
    return stat("Owner waited", about, query, unit="percentunit", decimals=1, thresholds=OWNER_WAITED)


def disk() -> Panel:
    """Room for images and containers."""
    about = (
        "Free part of the file system of the engine: bytes or inodes, whichever is scarcer. By default "
        "pilots go where less than 5 % is left."
    )
    query = Query(of_host("plancton_disk_free_ratio"), "free")
    return stat(
        "Disk free", about, query, unit="percentunit", decimals=0, thresholds=DISK_FREE, nothing="not watched"
    )


def temperature() -> Panel:
    """Of the processor; it is off by default."""
    about = "The hottest of the processor's temperatures, where the agent is asked to watch it."
    query = Query(of_host("plancton_temperature_celsius"), "processor")
    return stat("Temperature", about, query, unit="celsius", decimals=0, nothing="not watched")


def kinds() -> Panel:
    """Each kind with its share and its failures."""
    running = f"sum by (kind) ({of_host('plancton_pilots', RUNNING)})"
    failures = colours.thresholds(colours.PLAIN, (1, colours.WARNING), (5, colours.BAD))
    about = (
        "Kinds of pilots with their shares of the cores, the failures in a row of each, and how long it "
        "waits until it is tried again. From five failures on PlanctonBlackHole calls."
    )
    columns = [
        Column("Kind", label="kind"),
        Column("Share", query=_of_kind("plancton_kind_share_ratio"), unit="percentunit"),
        Column("Running", query=Query(running, now=True)),
        Column("Failures", query=_of_kind("plancton_kind_failures"), thresholds=failures),
        Column("Waits", query=_of_kind("plancton_kind_backoff_seconds"), unit="s", decimals=0),
    ]
    return table("Kinds", about, *columns, sort_by="Share", width=10, height=8, unused=["Time"])


def _of_kind(metric: str) -> Query:
    return Query(f"sum by (kind) ({of_host(metric)})", now=True)
