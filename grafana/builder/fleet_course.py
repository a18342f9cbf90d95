"""The fleet in the course of time. What is read is what Prometheus has recorded by site."""

from __future__ import annotations

from grafana.builder.expressions import in_each_step, of_sites, quantile
from grafana.builder.graphs import aim, graph
from grafana.builder.panel import Panel, Query
from grafana.builder.styles import AREAS, SUMS
from grafana.builder.thresholds import OWNER_WAITED, RELEASE_SECONDS
from grafana.builder.words import ACTIONS, CONSUMERS, LIMITS, REASONS, STATES, by_value

STEP = "1h"


def lines() -> list[list[Panel]]:
    """From what is lent to what it costs the owners."""
    return [[_consumers(), _idle()], [_pilots(), _gave_way()], [_kills(), _impact(), _release()]]


def _consumers() -> Panel:
    about = (
        "Cores by consumer, one on the other up to all that the hosts have: owners, pilots, and what is idle."
    )
    used = f"sum by (consumer) ({of_sites('site_consumer:plancton_cpu_seconds:rate2m')})"
    queries = [Query(used, "{{consumer}}"), Query(f"sum({of_sites('site:plancton_cpu_cores:sum')})", "cores")]
    return graph(
        "Who uses the cores", about, *queries, style=AREAS, words=CONSUMERS, overrides=[aim("cores")]
    )


def _idle() -> Panel:
    about = (
        "Cores that are idle although they could be lent, by the limit of their hosts. A little of CPU and "
        "calm is right: the reserve of the owners. Red ones are faults."
    )
    idle = f"sum by (limit) ({of_sites('site_limit:plancton_idle_cores:sum')})"
    query = Query(idle, "{{limit}}")
    return graph("What keeps idle cores from being lent", about, query, style=AREAS, words=by_value(LIMITS))


def _pilots() -> Panel:
    about = "Pilots by state, and how many the agents want. Frozen ones go on later, without loss."
    queries = [
        Query(f"sum by (state) ({of_sites('site_state:plancton_pilots:sum')})", "{{state}}"),
        Query(f"sum({of_sites('site:plancton_pilots_target:sum')})", "target"),
    ]
    return graph("Pilots", about, *queries, style=AREAS, words=STATES, overrides=[aim("target")])


def _gave_way() -> Panel:
    about = (
        "Pilots that gave way, in each hour. A frozen one loses nothing; one that is asked to end can hand "
        "its job back; one that is killed loses its work."
    )
    queries = [Query(f"sum({_given(action)})", action, step=STEP) for action in ACTIONS]
    return graph("Gave way", about, *queries, style=SUMS, decimals=0, words=ACTIONS)


def _kills() -> Panel:
    about = (
        "Pilots killed in each hour, by reason. What is killed is lost: many for the owner's CPU is too "
        "short a ladder."
    )
    query = Query(f"sum by (reason) ({_given('kills')})", "{{reason}}", step=STEP)
    return graph("Kills by reason", about, query, style=SUMS, width=8, decimals=0, words=by_value(REASONS))


def _given(action: str) -> str:
    return in_each_step(of_sites(f"site_kind_reason:plancton_pilot_{action}:increase5m"))


def _impact() -> Panel:
    about = (
        "Part of the time in which an owner wanted CPU that pilots were using: on the host where it was the"
        " most, and on average. The lines are at the budget of 1 % (PlanctonOwnerImpact) and at 10 %, from "
        "where on PlanctonHostSaturated may call."
    )
    queries = [
        Query(f"max({of_sites('site:plancton_owner_impact_seconds:max_rate5m')})", "the worst host"),
        Query(f"avg({of_sites('site:plancton_owner_impact_seconds:avg_rate5m')})", "average of the sites"),
    ]
    return graph("Owner impact", about, *queries, width=8, unit="percentunit", thresholds=OWNER_WAITED)


def _release() -> Panel:
    about = (
        "From the moment at which an agent saw its owner's demand until a core was given back; over an "
        "hour, since it is rare. 2 s is the promise."
    )
    buckets = f"avg_over_time({of_sites('site_le:plancton_release_seconds_bucket:rate5m')}[1h])"
    queries = [Query(quantile(part, buckets), name) for name, part in (("median", 0.5), ("99 %", 0.99))]
    return graph("Release", about, *queries, width=8, unit="s", thresholds=RELEASE_SECONDS)
