"""All hosts at one moment, as their agents say: for who has no Prometheus, or one that is away."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from plancton.facility.host import Host, Rates, down, read_host
from plancton.facility.inventory import Donor
from plancton.facility.prometheus import Sample

ANSWER_SECONDS = 3.0
AT_ONCE = 64
# An agent answers with some 40 kB.
MOST_BYTES = 4 * 1024**2
CORES, IMPACT = "plancton_cpu_seconds_total", "plancton_owner_impact_seconds_total"


@dataclass(frozen=True)
class _Counted:
    """Counters of one agent, and when (monotonic) they were read."""

    at: float
    values: dict[str, float]


class Asked:
    """Asks every agent at once, those behind TLS by `tls`. Rates are those since the look before."""

    def __init__(
        self,
        donors: Sequence[Donor],
        tls: ssl.SSLContext | None = None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._donors = donors
        self._tls = tls
        self._answer_seconds = answer_seconds
        self._before: dict[str, _Counted] = {}

    def look(self) -> list[Host]:
        """All donors. One that does not answer is down, whatever the reason."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self._ask, self._donors))

    def _ask(self, donor: Donor) -> Host:
        if donor.unreachable:
            return down(donor.name, donor.site, donor.unreachable)
        if donor.tls and self._tls is None:
            return down(
                donor.name,
                donor.site,
                f"{donor.address} wants a certificate, and beside the inventory is none: "
                "ask Prometheus (--prometheus) instead",
            )
        try:
            text = _scrape(donor.address, self._tls if donor.tls else None, self._answer_seconds)
            samples = _parsed(text)
        except (OSError, ValueError, http.client.HTTPException) as error:
            return down(donor.name, donor.site, f"{donor.address}: {_told(error)}")
        now = _counted(samples)
        before = self._before.get(donor.name)
        self._before[donor.name] = now
        return read_host(donor.name, donor.site, samples, _rates(before, now))


def _scrape(address: str, tls: ssl.SSLContext | None, answer_seconds: float) -> str:
    host, _, port = address.rpartition(":")
    place = host.strip("[]"), int(port)
    connection = (
        http.client.HTTPSConnection(*place, timeout=answer_seconds, context=tls)
        if tls
        else http.client.HTTPConnection(*place, timeout=answer_seconds)
    )
    try:
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        content = response.read(MOST_BYTES)
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        raise ValueError(f"it answers {response.status}")
    return content.decode()


def _parsed(text: str) -> list[Sample]:
    found = [
        Sample({**sample.labels, "__name__": sample.name}, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
    if not any(sample.labels["__name__"] == "plancton_build_info" for sample in found):
        raise ValueError("what answers there is no agent")
    return found


def _counted(samples: Sequence[Sample]) -> _Counted:
    values = {
        sample.labels.get("consumer", "impact"): sample.value
        for sample in samples
        if sample.labels["__name__"] in {CORES, IMPACT}
    }
    return _Counted(time.monotonic(), values)


def _rates(before: _Counted | None, now: _Counted) -> Rates:
    if before is None or any(now.values.get(name, 0.0) < value for name, value in before.values.items()):
        return Rates()
    seconds = max(now.at - before.at, 0.001)
    found = [
        (now.values[name] - before.values[name]) / seconds
        if name in before.values and name in now.values
        else None
        for name in ("owner", "pilots", "idle", "impact")
    ]
    return Rates(*found)


def _told(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it takes too long"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
