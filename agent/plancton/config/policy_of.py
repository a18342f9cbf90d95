"""The part of the configuration that the policy sees."""

from __future__ import annotations

from plancton.config.schema import Config
from plancton.core.policy import Policy
from plancton.core.thresholds import Thresholds


def policy_of(config: Config) -> Policy:
    """The policy's numbers, taken from their sections."""
    pool, grow, release = config.pool, config.grow, config.release
    return Policy(
        mode=config.mode,
        interval_seconds=config.interval_seconds,
        kind=config.pilot.kind,
        max_pilots=pool.max_pilots,
        cpus_per_pilot=pool.cpus_per_pilot,
        memory_per_pilot_bytes=pool.memory_per_pilot,
        reserve_cores=pool.reserve_cores,
        reserve_memory_bytes=pool.reserve_memory,
        calm_seconds=grow.calm_seconds,
        ramp_pilots=grow.ramp_pilots,
        grow_tolerance_cores=grow.tolerance_cores,
        release_tolerance_cores=release.tolerance_cores,
        reserve_after_seconds=release.reserve_after_seconds,
        freeze_after_seconds=release.freeze_after_seconds,
        stop_after_seconds=release.stop_after_seconds,
        stop_grace_seconds=release.stop_grace_seconds,
        kill_after_seconds=release.kill_after_seconds,
        thaw_after_seconds=release.thaw_after_seconds,
        thaw_most_seconds=release.thaw_most_seconds,
        ttl_seconds=config.pilot.ttl_seconds,
        fizzle_seconds=grow.fizzle_seconds,
        backoff_first_seconds=grow.backoff_first_seconds,
        backoff_max_seconds=grow.backoff_max_seconds,
        signals=Thresholds(**vars(config.signals)),
    )
