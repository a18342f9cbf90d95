"""Hosts of a facility, and what their agents expose."""

from __future__ import annotations

from plancton.facility.host import Host, Rates, State
from plancton.facility.prometheus import Sample


def host(name: str = "pc01", state: State = State.OK, **others: object) -> Host:
    """An agent with nothing wrong on four cores, two of them lent."""
    usual = {
        "site": "lab",
        "mode": "opportunistic",
        "limit": "cpu",
        "version": "1.0.0",
        "cores": 4.0,
        "rates": Rates(1.0, 2.0, 1.0, 0.0),
        "running": 2,
        "target": 2,
    }
    return Host(name, state=state, **{**usual, **others})  # type: ignore[arg-type]


def sample(short: str, value: float, **labels: str) -> Sample:
    """Of a metric by its name without the prefix."""
    return Sample({"__name__": f"plancton_{short}", **labels}, value)


def answers(**changes: float) -> list[Sample]:
    """What a healthy agent with two pilots says."""
    plain = {
        "cpu_cores": 4.0,
        "pilots_target": 2.0,
        "engine_up": 1.0,
        "pool_weight_lowest": 1.0,
        "config_last_reload_successful": 1.0,
        "sensor_up": 1.0,
        **changes,
    }
    return [
        sample("build_info", 1.0, version="1.0.0", python="3.11.2"),
        *(sample(short, value) for short, value in plain.items()),
        sample("pilots", 2.0, state="running", kind="default"),
        sample("pilots", 1.0, state="frozen", kind="default"),
        sample("limit", 1.0, limit="cpu"),
        sample("limit", 0.0, limit="memory"),
        sample("mode", 1.0, mode="opportunistic"),
    ]
