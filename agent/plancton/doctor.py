"""What could keep this host from lending its cycles well: one check a function, each with advice."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plancton import cgroup
from plancton.config.schema import Config
from plancton.engine.base import Engine, EngineError, Facts
from plancton.engine.make import make_engine

PRESSURE = Path("/proc/pressure/cpu")
# Images and logs need room; below this share an owner's own work is next to fail.
LEAST_FREE_DISK = 0.05
# Before this the clock of a host was never set. (The year in which this project began.)
PLAUSIBLE_CLOCK = 1_735_689_600


@dataclass(frozen=True)
class Finding:
    """One check. `advice` says what to do when it is not well."""

    subject: str
    well: bool
    said: str
    advice: str = ""


def examine(config: Config) -> list[Finding]:
    """Every check, in the order in which one would mend them."""
    engine = make_engine(config, fake=False)
    try:
        facts = engine.facts()
    except EngineError as error:
        advice = (
            "start it (systemctl start docker), or set engine.url; the agent's user must be in group docker"
        )
        return [Finding("engine", well=False, said=str(error), advice=advice), *_without_engine(config)]
    return [
        Finding("engine", well=True, said=f"Docker {facts.version} at {config.engine.url}"),
        _image(engine, config),
        *_limits(facts),
        _weight(config, facts),
        _disk(facts),
        *_without_engine(config),
    ]


def _without_engine(config: Config) -> Iterator[Finding]:
    yield _pressure()
    yield _clock()
    yield from _directories(config)


def _image(engine: Engine, config: Config) -> Finding:
    image = config.pilot.image
    try:
        present = engine.has_image(image)
    except EngineError as error:
        return Finding("image", well=False, said=str(error))
    if present:
        return Finding("image", well=True, said=f"{image} is on this host")
    if config.pilot.image_refresh_seconds is not None:
        return Finding("image", well=True, said=f"{image} is not here yet and will be pulled")
    advice = "load it (docker load), or set pilot.image_refresh_seconds to 0 so that it is pulled"
    return Finding("image", well=False, said=f"{image} is not on this host", advice=advice)


def _limits(facts: Facts) -> Iterator[Finding]:
    advice = "boot a kernel with this cgroup controller, or accept it"
    for name, there in (
        ("cpu", facts.cpu_quota),
        ("memory", facts.memory_limit),
        ("pids", facts.pids_limit),
    ):
        said = f"pilots can{'' if there else 'not'} be limited in {name}"
        yield Finding(f"limit {name}", well=there, said=said, advice=advice)


def _weight(config: Config, facts: Facts) -> Finding:
    advice = "run `plancton prepare-host` as root before the agent (its service unit does)"
    if facts.cgroup_driver == "systemd":
        advice = f"install a unit {config.name}.slice with CPUWeight=idle and start it"
    try:
        pool = cgroup.Pool(config.name, facts.cgroup_driver, cgroup.find_hierarchy(cgroup.MOUNTS.read_text()))
        lowest = cgroup.is_lowest(pool)
    except (OSError, cgroup.NoHierarchy) as error:
        return Finding("cgroup", well=False, said=f"the pilots' cgroup is not there: {error}", advice=advice)
    said = f"{pool.cpu} has {'the lowest' if lowest else 'an ordinary'} CPU weight"
    return Finding("cgroup", well=lowest, said=said, advice=advice)


def _disk(facts: Facts) -> Finding:
    try:
        usage = shutil.disk_usage(facts.root)
    except OSError as error:
        return Finding("disk", well=True, said=f"{facts.root} cannot be looked at: {error.strerror}")
    share = usage.free / usage.total
    said = f"{usage.free / 1024**3:.1f} GiB free below {facts.root} ({share:.0%})"
    return Finding("disk", well=share >= LEAST_FREE_DISK, said=said, advice="free some: docker system df")


def _pressure() -> Finding:
    """The agent works without it, so its absence is told and is no fault."""
    try:
        PRESSURE.read_text()
    except OSError:
        return Finding("pressure", well=True, said="the kernel has no PSI; the agent does without")
    return Finding("pressure", well=True, said="the kernel has PSI")


def _clock() -> Finding:
    now = time.time()
    said = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    return Finding("clock", well=now > PLAUSIBLE_CLOCK, said=said, advice="let a time service set it")


def _directories(config: Config) -> Iterator[Finding]:
    for key, path in (
        ("run_directory", config.paths.run_directory),
        ("state_directory", config.paths.state_directory),
    ):
        usable = os.access(path, os.W_OK | os.X_OK)
        said = f"paths.{key} {path} {'can' if usable else 'cannot'} be written by you"
        advice = "make it for the agent's user; owners belong into the group plancton"
        yield Finding("permission", well=usable, said=said, advice=advice)
