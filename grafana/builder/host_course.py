"""One host in the course of time."""

from __future__ import annotations

from grafana.builder.expressions import grown, of_host, quantile, word_of
from grafana.builder.graphs import aim, graph, timeline
from grafana.builder.panel import Panel, Query, override
from grafana.builder.styles import AREAS, POINTS, SUMS
from grafana.builder.thresholds import RELEASE_SECONDS, TURN_SECONDS
from grafana.builder.words import (
    ACTIONS,
    CONSUMERS,
    LIMITS,
    OUTCOMES,
    READ,
    REASONS,
    STATES,
    by_value,
    coded,
    mapping,
)

# Events are rare: bars of five minutes show them, where lines of seconds would be hairs.
STEP = "5m"


def consumers() -> Panel:
    """Whose the CPU is."""
    used = f"sum by (consumer) (rate({of_host('plancton_cpu_seconds_total')}[$__rate_interval]))"
    about = (
        "Cores by consumer, one on the other up to what the host has: the owner, pilots, and what is idle."
    )
    queries = [Query(used, "{{consumer}}"), Query(of_host("plancton_cpu_cores"), "cores")]
    return graph(
        "Who uses the cores",
        about,
        *queries,
        decimals=2,
        words=CONSUMERS,
        style=AREAS,
        overrides=[aim("cores")],
    )


def limit() -> Panel:
    """Why there were not more pilots."""
    about = (
        "The limit that binds. Green: pilots are as many as there is room for. Purple: the owner's word. "
        "Yellow: the host is protected. Red: a fault, see `plancton why` and `plancton doctor` there."
    )
    query = Query(word_of(of_host("plancton_limit"), "limit", LIMITS), "limit")
    return timeline("What limits it", about, query, mappings=coded(LIMITS))


def pilots() -> Panel:
    """How many, and in which state."""
    about = "Pilots by state, and how many the agent wants. Frozen ones go on later, without loss."
    queries = [
        Query(f"sum by (state) ({of_host('plancton_pilots')})", "{{state}}"),
        Query(of_host("plancton_pilots_target"), "target"),
    ]
    return graph(
        "Pilots", about, *queries, width=8, decimals=0, words=STATES, style=AREAS, overrides=[aim("target")]
    )


def gave_way() -> Panel:
    """Releases by what was done."""
    about = (
        "Pilots that gave way, in five minutes. A frozen one loses nothing; one that is killed loses its "
        "work."
    )
    queries = [
        Query(f"sum ({_increase(f'plancton_pilot_{what}_total')})", what, step=STEP) for what in ACTIONS
    ]
    return graph("Gave way", about, *queries, width=8, words=ACTIONS, decimals=0, style=SUMS)


def reasons() -> Panel:
    """Releases by why it was done."""
    about = (
        "Why pilots were frozen, asked to end or killed, in five minutes. One pilot may count in each of "
        "the three."
    )
    given = " + ".join(f"sum by (reason) ({_increase(f'plancton_pilot_{what}_total')})" for what in ACTIONS)
    return graph(
        "Why they gave way",
        about,
        Query(given, "{{reason}}", step=STEP),
        width=8,
        words=by_value(REASONS),
        decimals=0,
        style=SUMS,
    )


def latency() -> Panel:
    """How soon a core is back."""
    about = (
        "From the moment at which the agent saw the owner's demand until a core was given back. One point "
        "for five minutes in which something was released; 2 s is the promise."
    )
    buckets = grown(of_host("plancton_release_seconds_bucket"), "rate")
    queries = [
        Query(quantile(part, buckets), name, step=STEP) for name, part in (("median", 0.5), ("95 %", 0.95))
    ]
    return graph("Release", about, *queries, width=8, unit="s", thresholds=RELEASE_SECONDS, style=POINTS)


def pressure() -> Panel:
    """What others than pilots wait for."""
    about = (
        "Part of the time in which others than pilots waited for CPU, memory or a disk (PSI), where the "
        "agent is asked to watch it. On cgroup v1 the pilots' own waiting is in it."
    )
    query = Query(of_host("plancton_pressure_ratio"), "{{resource}}")
    return graph("Pressure", about, query, width=8, unit="percentunit", nothing="not watched")


def endings() -> Panel:
    """How pilots ended."""
    about = "Pilots that ended, in five minutes. Failed: by themselves with another exit code than 0."
    ended = f"sum by (outcome) ({_increase('plancton_pilot_exits_total')})"
    return graph(
        "Endings",
        about,
        Query(ended, "{{outcome}}", step=STEP),
        width=8,
        words=OUTCOMES,
        decimals=0,
        style=SUMS,
    )


def sensors() -> Panel:
    """What the agent could not see."""
    about = (
        "Whether each sensor could be read. While one that is asked for cannot, nothing is started and "
        "nothing killed."
    )
    query = Query(of_host("plancton_sensor_up"), "{{sensor}}")
    return timeline("Sensors", about, query, mappings=mapping(READ.items()), width=8)


def pace() -> Panel:
    """Whether the agent looks once a second."""
    turns, late = of_host("plancton_tick_seconds_bucket"), "late turns a second"
    about = (
        "Duration of a turn of the agent's loop, which has a second, and the turns a second that came late."
    )
    queries = [
        Query(quantile(0.99, f"rate({turns}[$__rate_interval])"), "99 % of the turns"),
        Query(f"rate({of_host('plancton_ticks_late_total')}[$__rate_interval])", late),
    ]
    return graph(
        "Pace of the agent",
        about,
        *queries,
        width=8,
        unit="s",
        thresholds=TURN_SECONDS,
        overrides=[override(late, unit="none")],
    )


def engine() -> Panel:
    """How fast the engine answers."""
    about = "Mean duration of the calls to the container engine, by operation."
    calls = "plancton_engine_request_seconds"
    total, count = (
        f"sum by (operation) (rate({of_host(calls + end)}[$__rate_interval]))" for end in ("_sum", "_count")
    )
    query = Query(f"{total} / ({count} > 0)", "{{operation}}")
    return graph("Engine's answers", about, query, width=8, unit="s")


def errors() -> Panel:
    """How often it fails."""
    about = "Calls to the container engine that failed, in five minutes. None is right."
    failed = f"sum by (operation) ({_increase('plancton_engine_errors_total')})"
    return graph(
        "Engine's errors", about, Query(failed, "{{operation}}", step=STEP), width=8, decimals=0, style=SUMS
    )


def _increase(metric: str) -> str:
    return grown(of_host(metric))
