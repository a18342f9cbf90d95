"""Totals and the latest tick, as prometheus_client's families."""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from plancton import __version__
from plancton.core.kinds import Quota
from plancton.core.policy import Mode
from plancton.core.repertoire import limits_of
from plancton.metrics import table
from plancton.metrics.histogram import Histogram
from plancton.metrics.signals import figures
from plancton.metrics.table import METRICS
from plancton.metrics.totals import Totals
from plancton.model import Missing, WishKind
from plancton.report import Report

Samples = Iterable[tuple[tuple[str, ...], float]]


class AgentCollector(Collector):
    """Renders the latest report; a scrape costs the loop nothing."""

    def __init__(self, totals: Totals, clock: Callable[[], float] = time.time) -> None:
        self._totals = totals
        self._clock = clock
        self._started_at = clock()
        self.report: Report | None = None
        # (Unix time of its end, whether the files' present content is in force), where there is TLS.
        self.certificate: Callable[[], tuple[float, bool] | None] = lambda: None

    def collect(self) -> Iterator[Family]:
        """Every family of the table. Before the first tick only those that need no reading."""
        totals = self._totals
        yield _gauge("build_info", [((__version__, platform.python_version()), 1.0)])
        yield _gauge("start_time_seconds", [((), self._started_at)])
        yield _gauge("time_seconds", [((), self._clock())])
        yield _counter("cpu_seconds", totals.cpu_seconds.items())
        yield _counter("pilot_starts", totals.starts.items())
        yield _counter("pilot_exits", totals.exits.items())
        yield _counter("pilot_freezes", totals.freezes.items())
        yield _counter("pilot_thaws", totals.thaws.items())
        yield _counter("pilot_stops", totals.stops.items())
        yield _counter("pilot_kills", totals.kills.items())
        yield _counter("pilot_cpu_seconds", totals.pilot_cpu_seconds.items())
        yield _counter("owner_impact_seconds", [((), totals.owner_impact_seconds)])
        yield _counter("engine_errors", totals.errors.items())
        yield _counter("releases_late", [((), float(totals.releases_late))])
        yield _counter("ticks_late", [((), float(totals.ticks_late))])
        yield _histogram("pilot_start_seconds", {(): totals.start_seconds})
        yield _histogram("pilot_lifetime_seconds", {(): totals.lifetime_seconds})
        yield _histogram("release_seconds", {(): totals.release_seconds})
        yield _histogram("tick_seconds", {(): totals.tick_seconds})
        yield _histogram("engine_request_seconds", {(o,): h for o, h in totals.requests.items() if h.count})
        if (certificate := self.certificate()) is not None:
            expires_at, fresh = certificate
            yield _gauge("web_certificate_expiry_timestamp_seconds", [((), expires_at)])
            yield _gauge("web_certificate_last_reload_successful", [((), float(fresh))])
        if self.report is not None:
            yield from _latest(self.report)


def _latest(report: Report) -> Iterator[Family]:
    rates, decision, wish = report.seen.rates, report.decision, report.seen.wish
    if not isinstance(rates, Missing):
        yield _gauge("cpu_cores", [((), rates.capacity_cores)])
    if decision.target is not None:
        yield _gauge("pilots_target", [((), float(decision.target))])
        yield _gauge("pilots", _pilots(report).items())
    yield from _kinds(decision.kinds)
    software = report.seen.software.items()
    yield _gauge("software_up", [((kind,), float(missing is None)) for kind, missing in software])
    yield from _demand(report)
    binding = decision.binding.name
    yield _gauge("limit", [((name.value,), float(name is binding)) for name in limits_of(report.policy)])
    yield _gauge("sensor_up", [((name,), float(up)) for name, up in report.sensors.items()])
    for short, samples in figures(report.seen.signals):
        yield _gauge(short, samples)
    yield _gauge("engine_up", [((), float(report.sensors["engine"]))])
    refreshes = report.image_refreshes
    yield _gauge(
        "image_last_refresh_successful", [((kind,), float(done)) for kind, done in refreshes.items()]
    )
    deadline = report.policy.release_deadline_seconds
    if deadline is not None:
        yield _gauge("release_deadline_seconds", [((), deadline)])
    yield _gauge("pool_weight_lowest", [((), float(report.weight is None))])
    if report.guarded is not None:
        yield _gauge("network_guarded", [((), float(report.guarded))])
    yield _gauge("config_last_reload_successful", [((), float(report.reload_error is None))])
    yield _gauge("config_last_reload_success_timestamp_seconds", [((), report.loaded_at)])
    yield _gauge("mode", [((mode.value,), float(mode.value == report.mode)) for mode in Mode])
    now = wish.now(report.seen.wall)
    yield _gauge("intent", [((kind.value,), float(kind is now)) for kind in WishKind])
    until = wish.until if now is not WishKind.RUN and wish.until is not None else 0.0
    yield _gauge("intent_until_timestamp_seconds", [((), until)])


def _kinds(quotas: Sequence[Quota]) -> Iterator[Family]:
    shares = sum(quota.kind.share for quota in quotas)
    yield _gauge("kind_share_ratio", [((q.kind.name,), q.kind.share / shares) for q in quotas])
    yield _gauge("kind_failures", [((q.kind.name,), float(q.failures)) for q in quotas])
    yield _gauge("kind_no_work", [((q.kind.name,), float(q.no_work)) for q in quotas])
    yield _gauge("kind_backoff_seconds", [((q.kind.name,), q.retry_seconds) for q in quotas])


def _demand(report: Report) -> Iterator[Family]:
    told = [(kind, reading) for kind, reading in report.seen.demand.items() if reading is not None]
    yield _gauge("demand_up", [((kind,), float(not isinstance(reading, Missing))) for kind, reading in told])
    idle = [(kind, reading.idle) for kind, reading in told if not isinstance(reading, Missing)]
    yield _gauge("demand_idle_jobs", [((kind,), float(jobs)) for kind, jobs in idle])


def _pilots(report: Report) -> dict[tuple[str, ...], float]:
    counts: Counter[tuple[str, ...]] = Counter()
    if not isinstance(report.seen.pilots, Missing):
        pilots = report.seen.pilots
        counts.update((p.kind, "running") for p in (*pilots.running, *pilots.thawing))
        counts.update((p.kind, "frozen") for p in (*pilots.frozen, *pilots.freezing))
        counts.update((p.kind, "stopping") for p in pilots.stopping)
        counts.update((p.kind, "releasing") for p in pilots.releasing)
        counts.update((start.kind, "starting") for start in pilots.starting)
    kinds = {*(quota.kind.name for quota in report.decision.kinds), *(kind for kind, _ in counts)}
    return {(kind, state): float(counts[(kind, state)]) for kind in sorted(kinds) for state in table.STATES}


def _gauge(short: str, samples: Samples) -> Family:
    metric = METRICS[short]
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in samples:
        family.add_metric(labels, value)
    return family


def _counter(short: str, samples: Samples) -> Family:
    metric = METRICS[short]
    family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in sorted(samples):
        family.add_metric(labels, value)
    return family


def _histogram(short: str, histograms: Mapping[tuple[str, ...], Histogram]) -> Family:
    metric = METRICS[short]
    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, histogram in histograms.items():
        family.add_metric(labels, histogram.buckets(), histogram.sum)
    return family


def registry_of(collector: AgentCollector) -> CollectorRegistry:
    """A registry of its own: nothing of the library's defaults (its process metrics) is in it."""
    registry = CollectorRegistry()
    registry.register(collector)
    return registry
