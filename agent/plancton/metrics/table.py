"""Every metric with its type, its labels and its help. The names, the docs and the tests come from here."""

from __future__ import annotations

from dataclasses import dataclass

from plancton.core.exits import Exit


@dataclass(frozen=True)
class Metric:
    """One family. The name of a counter is given without `_total`, which is added when rendered."""

    name: str
    type: str
    help: str
    labels: tuple[str, ...] = ()


def _table(*rows: Metric) -> dict[str, Metric]:
    return {row.name.removeprefix("plancton_"): row for row in rows}


METRICS = _table(
    Metric("plancton_build_info", "gauge", "A constant 1 with the agent's version.", ("version", "python")),
    Metric("plancton_start_time_seconds", "gauge", "Unix time at which the agent started."),
    Metric("plancton_time_seconds", "gauge", "The host's clock when it was asked, as Unix time."),
    Metric("plancton_cpu_cores", "gauge", "Cores that the host can use now; stolen time is not there."),
    Metric(
        "plancton_cpu_seconds",
        "counter",
        "Core-seconds by consumer; the three add up to plancton_cpu_cores over time.",
        ("consumer",),
    ),
    Metric("plancton_pilots", "gauge", "Pilots on this host.", ("kind", "state")),
    Metric("plancton_pilots_target", "gauge", "Pilots aimed at; absent while the engine is out of sight."),
    Metric(
        "plancton_limit",
        "gauge",
        "1 for the limit that sets the target, 0 for the others; signals that are not heeded are absent.",
        ("limit",),
    ),
    Metric("plancton_kind_share_ratio", "gauge", "A kind's share of the pilots' cores.", ("kind",)),
    Metric(
        "plancton_kind_failures",
        "gauge",
        "Failures in a row of a kind: its pilots did not start, failed early, or did not get into the pool.",
        ("kind",),
    ),
    Metric(
        "plancton_kind_backoff_seconds",
        "gauge",
        "How long a kind still waits until its next start: after a failure, or for work; 0 if it does not.",
        ("kind",),
    ),
    Metric("plancton_kind_no_work", "gauge", "How often in a row a kind has found no work.", ("kind",)),
    Metric(
        "plancton_demand_up",
        "gauge",
        "Whether a kind's pool tells how many jobs wait; absent where it is not asked.",
        ("kind",),
    ),
    Metric(
        "plancton_demand_idle_jobs",
        "gauge",
        "Jobs that wait in a kind's pool and would fit into its pilots; absent if unknown.",
        ("kind",),
    ),
    Metric(
        "plancton_software_up",
        "gauge",
        "Whether the host's /cvmfs answers, of the kinds that need it.",
        ("kind",),
    ),
    Metric("plancton_pilot_starts", "counter", "Attempts to start a pilot.", ("kind", "result")),
    Metric("plancton_pilot_exits", "counter", "Pilots that ended.", ("kind", "outcome")),
    Metric("plancton_pilot_freezes", "counter", "Pilots frozen by the agent.", ("kind", "reason")),
    Metric("plancton_pilot_thaws", "counter", "Pilots that went on after a freeze.", ("kind",)),
    Metric("plancton_pilot_stops", "counter", "Pilots asked to end by the agent.", ("kind", "reason")),
    Metric("plancton_pilot_kills", "counter", "Pilots killed by the agent.", ("kind", "reason")),
    Metric(
        "plancton_pilot_cpu_seconds",
        "counter",
        "Core-seconds of pilots that have ended: useful if by themselves, lost if stopped or killed.",
        ("kind", "fate"),
    ),
    Metric("plancton_pilot_start_seconds", "histogram", "From the decision to start a pilot to its running."),
    Metric("plancton_pilot_lifetime_seconds", "histogram", "How long pilots lived."),
    Metric(
        "plancton_release_seconds",
        "histogram",
        "From seeing the demand to a core given back: a pilot frozen, or killed if it was neither frozen nor "
        "asked to end first.",
    ),
    Metric(
        "plancton_releases_late", "counter", "Cores given back later than plancton_release_deadline_seconds."
    ),
    Metric(
        "plancton_release_deadline_seconds",
        "gauge",
        "How soon after the demand a core should be given back; absent where pilots are only asked.",
    ),
    Metric(
        "plancton_owner_impact_seconds",
        "counter",
        "Time in which the owner wanted CPU that pilots were using.",
    ),
    Metric("plancton_pool_weight_lowest", "gauge", "Whether the pilots' cgroup has the lowest CPU weight."),
    Metric(
        "plancton_network_guarded",
        "gauge",
        "Whether the host's firewall guards the pilots' own network; absent where no kind is in it.",
    ),
    Metric("plancton_engine_up", "gauge", "Whether the container engine answered the last listing."),
    Metric("plancton_engine_request_seconds", "histogram", "Duration of engine calls.", ("operation",)),
    Metric("plancton_engine_errors", "counter", "Calls to the engine that failed.", ("operation",)),
    Metric(
        "plancton_image_last_refresh_successful",
        "gauge",
        "Whether the last attempt to pull a kind's image succeeded; absent where none was made.",
        ("kind",),
    ),
    Metric("plancton_tick_seconds", "histogram", "Duration of one turn of the agent's loop."),
    Metric("plancton_ticks_late", "counter", "Turns that were not over when the next was due."),
    Metric(
        "plancton_sensor_up",
        "gauge",
        "Whether a sensor's last reading succeeded; of optional ones those that the host has.",
        ("sensor",),
    ),
    Metric(
        "plancton_disk_free_ratio",
        "gauge",
        "Free part of the engine's file system: bytes or inodes, whichever is scarcer.",
    ),
    Metric("plancton_temperature_celsius", "gauge", "The hottest of the processor's temperatures."),
    Metric(
        "plancton_pressure_ratio",
        "gauge",
        "Part of the last ten seconds in which others than pilots waited.",
        ("resource",),
    ),
    Metric(
        "plancton_config_last_reload_successful", "gauge", "Whether the last reload of the file succeeded."
    ),
    Metric(
        "plancton_config_last_reload_success_timestamp_seconds",
        "gauge",
        "Unix time of the last successful load of the configuration.",
    ),
    Metric(
        "plancton_web_certificate_expiry_timestamp_seconds",
        "gauge",
        "Unix time at which the web server's certificate ends; absent without TLS.",
    ),
    Metric(
        "plancton_web_certificate_last_reload_successful",
        "gauge",
        "Whether the certificate's files, as they are now, are in force; absent without TLS.",
    ),
    Metric("plancton_mode", "gauge", "1 for the mode in force, 0 for the others.", ("mode",)),
    Metric("plancton_intent", "gauge", "1 for what the owner wants now, 0 for the others.", ("intent",)),
    Metric(
        "plancton_intent_until_timestamp_seconds",
        "gauge",
        "Unix time at which the owner's wish ends by itself; 0 for never.",
    ),
)

# Bounds in seconds. A start takes some 0.3 s on an idle host, a kill 0.1 s; pilots live from
# seconds (a fizzle) to a day (the longest that the defaults let them).
START_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LIFETIME_BOUNDS = (10.0, 60.0, 300.0, 900.0, 3600.0, 10800.0, 21600.0, 43200.0, 86400.0)
RELEASE_BOUNDS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 120.0)
REQUEST_BOUNDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)
TICK_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0)

OPERATIONS = (
    "info",
    "list",
    "start",
    "freeze",
    "thaw",
    "stop",
    "kill",
    "tell",
    "reap",
    "inspect_image",
    "pull",
    "network",
)
CONSUMERS = ("owner", "pilots", "idle")
STATES = ("starting", "running", "frozen", "stopping", "releasing")
START_RESULTS = ("started", "failed")
EXIT_OUTCOMES = tuple(outcome.value for outcome in Exit)
FATES = ("useful", "lost")
SENSORS = ("cpu", "pool", "memory", "engine")
