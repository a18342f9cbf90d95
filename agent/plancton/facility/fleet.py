"""All hosts at one moment, as a Prometheus sees them."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Protocol

from plancton.facility.counters import JOB, Source
from plancton.facility.host import Host, Rates, down, read_host
from plancton.facility.prometheus import NoPrometheus, Sample

HOST = "job, instance, site"
UP = f"up{{{JOB}}}"
PLAIN = "cpu_cores|pilots_target|build_info|engine_up|pool_weight_lowest|config_last_reload_successful"
GAUGES = f'{{__name__=~"plancton_({PLAIN})",{JOB}}}'
CHOICES = f'{{__name__=~"plancton_(limit|mode|intent)",{JOB}}} == 1'
# Sums and minima have no name of their own.
PILOTS = (
    f'label_replace(sum by ({HOST}, state) (plancton_pilots{{{JOB}}}), "__name__", "plancton_pilots", "", "")'
)
SENSORS = (
    f'label_replace(min by ({HOST}) (plancton_sensor_up{{{JOB}}}), "__name__", "plancton_sensor_up", "", "")'
)
# The windows of the recording rules.
CORES = f"rate(plancton_cpu_seconds_total{{{JOB}}}[2m])"
IMPACT = f"rate(plancton_owner_impact_seconds_total{{{JOB}}}[5m])"

Place = tuple[str, str]


class Fleet(Protocol):
    """Where the hosts' figures come from."""

    def look(self) -> list[Host]:
        """All hosts as they are now. Raises NoPrometheus."""


class Scraped:
    """What a Prometheus has scraped last."""

    def __init__(self, source: Source, url: str) -> None:
        self._source = source
        self._url = url

    def look(self) -> list[Host]:
        """All hosts of the job plancton. Raises NoPrometheus."""
        now = time.time()
        ups = {_place(sample): sample.value for sample in self._source.instant(UP, now)}
        if not ups:
            raise NoPrometheus(f"{self._url} scrapes no agents: it has no target of the job plancton")
        samples: dict[Place, list[Sample]] = defaultdict(list)
        for expression in (GAUGES, CHOICES, PILOTS, SENSORS):
            for sample in self._source.instant(expression, now):
                samples[_place(sample)].append(sample)
        rates = self._rates(now)
        return [
            read_host(*place, samples[place], rates[place])
            if up
            else down(*place, "it has not answered Prometheus")
            for place, up in ups.items()
        ]

    def _rates(self, now: float) -> dict[Place, Rates]:
        found: dict[Place, dict[str, float]] = defaultdict(dict)
        for sample in self._source.instant(CORES, now):
            found[_place(sample)][sample.labels["consumer"]] = sample.value
        for sample in self._source.instant(IMPACT, now):
            found[_place(sample)]["impact"] = sample.value
        rates: dict[Place, Rates] = defaultdict(Rates)
        for place, by_name in found.items():
            rates[place] = Rates(*(by_name.get(name) for name in ("owner", "pilots", "idle", "impact")))
        return rates


def _place(sample: Sample) -> Place:
    return sample.labels.get("instance", ""), sample.labels.get("site", "")
