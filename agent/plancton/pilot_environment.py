"""What a pilot is told about its host and its time, in environment variables. docs/pilots.md lists them."""

from __future__ import annotations

from dataclasses import dataclass

from plancton.config.policy_of import policy_of
from plancton.config.schema import Config


@dataclass(frozen=True)
class Here:
    """The host that lends itself."""

    name: str
    cores: int


def environment(config: Config, here: Here) -> dict[str, str]:
    """The variables of a pilot of the only kind of this configuration. The operator's own win."""
    pool, pilot = config.pool, config.pilot
    told = {
        "PLANCTON_HOST": here.name,
        "PLANCTON_SITE": config.site,
        "PLANCTON_KIND": pilot.kind,
        "PLANCTON_CPUS": _number(pool.cpus_per_pilot),
        "PLANCTON_MEMORY_BYTES": str(pool.memory_per_pilot),
        "PLANCTON_TTL_SECONDS": _number(pilot.ttl_seconds),
        "PLANCTON_STOP_GRACE_SECONDS": _number(config.release.stop_grace_seconds),
        "PLANCTON_RESERVE_CORES": _number(policy_of(config).reserve_of(here.cores)),
    }
    return {**told, **dict(pilot.environment)}


def _number(value: float) -> str:
    """Without a point where it can be: a shell counts in whole numbers."""
    return str(int(value)) if value == int(value) else f"{value:.3f}".rstrip("0")
