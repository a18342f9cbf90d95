"""The part of the configuration that the policy sees."""

from __future__ import annotations

from plancton.config.one_kind import OneKind, kinds_of, own_kind
from plancton.config.schema import Config
from plancton.core.policy import Kind, Policy
from plancton.core.thresholds import Thresholds


def policy_of(config: Config) -> Policy:
    """The policy's numbers, taken from their sections."""
    pool, grow, release = config.pool, config.grow, config.release
    return Policy(
        mode=config.mode,
        interval_seconds=config.interval_seconds,
        default=_kind(own_kind(config)),
        named=tuple(map(_kind, kinds_of(config))) if config.kinds else (),
        max_pilots=pool.max_pilots,
        reserve_cores=pool.reserve_cores,
        reserve_memory_bytes=pool.reserve_memory,
        calm_seconds=grow.calm_seconds,
        ramp_pilots=grow.ramp_pilots,
        grow_tolerance_cores=grow.tolerance_cores,
        release_tolerance_cores=release.tolerance_cores,
        reserve_after_seconds=release.reserve_after_seconds,
        freeze_after_seconds=release.freeze_after_seconds,
        stop_after_seconds=release.stop_after_seconds,
        kill_after_seconds=release.kill_after_seconds,
        thaw_after_seconds=release.thaw_after_seconds,
        thaw_most_seconds=release.thaw_most_seconds,
        signals=Thresholds(**vars(config.signals)),
    )


def _kind(one: OneKind) -> Kind:
    config = one.config
    return Kind(
        name=one.name,
        share=one.share,
        cpus=config.pool.cpus_per_pilot,
        memory_bytes=config.pool.memory_per_pilot,
        # That of the section `pool` is the host's, for all kinds together.
        max_pilots=config.pool.max_pilots if "max_pilots" in one.given else None,
        ttl_seconds=config.pilot.ttl_seconds,
        stop_grace_seconds=config.release.stop_grace_seconds,
        fizzle_seconds=config.grow.fizzle_seconds,
        backoff_first_seconds=config.grow.backoff_first_seconds,
        backoff_max_seconds=config.grow.backoff_max_seconds,
        no_work_first_seconds=config.grow.no_work_first_seconds,
        no_work_max_seconds=config.grow.no_work_max_seconds,
        drain_signal=config.pilot.drain_signal,
        demand_probe_seconds=config.pilot.demand_probe_seconds if config.pilot.demand_url else None,
    )
