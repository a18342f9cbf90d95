"""What could keep this host from lending its cycles well: one check a function, each with advice."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from plancton import cgroup, mountinfo
from plancton.cli.client import NoAgent, ask
from plancton.config.access import exposure
from plancton.config.one_kind import kinds_of
from plancton.config.policy_of import policy_of
from plancton.config.schema import Config
from plancton.engine.base import Engine, EngineError, Facts, NotLetIn
from plancton.engine.make import make_engine
from plancton.network.bridge import kinds_on_it, report_path
from plancton.network.report import why_not_guarded
from plancton.network.rules import guard_of
from plancton.pilot_software import wanted
from plancton.sensors.software import Wanted, look_and_wait

PRESSURE = Path("/proc/pressure/cpu")
# Images and logs need room; below this share an owner's own work is next to fail, whatever the agent minds.
LEAST_FREE_DISK = 0.05
# Before this the clock of a host was never set. (The year in which this project began.)
PLAUSIBLE_CLOCK = 1_735_689_600

REACH_ENGINE = (
    "start it (systemctl start docker), or set engine.url; the agent's user must be in group docker"
)
BRING_SOFTWARE = "ask the host's CVMFS (cvmfs_config probe), or set pilot.software: docs/software.md"
BRING_IMAGE = "load it (docker load), or set pilot.image_refresh_seconds to 0 so that it is pulled"


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
    except NotLetIn as error:
        return [*_told_by_agent(config, error), *_without_engine(config)]
    except EngineError as error:
        return [Finding("engine", well=False, said=str(error), advice=REACH_ENGINE), *_without_engine(config)]
    return [
        Finding("engine", well=True, said=f"Docker {facts.version} at {config.engine.url}"),
        *_images(engine, config),
        *_limits(facts),
        _weight(config, facts),
        _disk(facts, config),
        *_without_engine(config),
    ]


def _told_by_agent(config: Config, refusal: NotLetIn) -> Iterator[Finding]:
    """An owner need not be in the group docker, which is as good as root. The agent is, and can be asked."""
    try:
        status = ask(config, "/status")
    except NoAgent as error:
        said = f"{refusal} And the agent cannot be asked: {error}"
        yield Finding("engine", well=False, said=said, advice=REACH_ENGINE)
        return
    if not status["sensors"]["engine"]:
        said = f"{refusal} The agent does not reach it either"
        yield Finding("engine", well=False, said=said, advice=REACH_ENGINE)
        return
    url, missing, lowest = config.engine.url, status["image"], status["pool_weight_is_lowest"]
    yield Finding("engine", well=True, said=f"the agent reaches {url}; you may not, and need not")
    said = missing or "the agent has found the pilots' image"
    yield Finding("image", well=missing is None, said=said, advice=BRING_IMAGE)
    said = f"the agent says that pilots {'' if lowest else 'do not '}have the lowest CPU weight"
    yield Finding("cgroup", well=lowest, said=said, advice="run `plancton doctor` as root, which sees more")


def _without_engine(config: Config) -> Iterator[Finding]:
    for one in kinds_of(config):
        found = room(one.config, os.cpu_count() or 1)
        yield replace(found, subject=f"cores {one.name}") if config.kinds else found
    for software in dict.fromkeys(filter(None, (wanted(one.config) for one in kinds_of(config)))):
        yield from _software(software)
    if kinds_on_it(config):
        yield _network(config)
    yield _web(config)
    yield _pressure()
    yield _clock()
    yield from _directories(config)


def _images(engine: Engine, config: Config) -> Iterator[Finding]:
    pilots = [one.config.pilot for one in kinds_of(config)]
    for image, refresh in dict.fromkeys((pilot.image, pilot.image_refresh_seconds) for pilot in pilots):
        yield _image(engine, image, may_pull=refresh is not None)


def _image(engine: Engine, image: str, *, may_pull: bool) -> Finding:
    try:
        present = engine.has_image(image)
    except EngineError as error:
        return Finding("image", well=False, said=str(error))
    if present:
        return Finding("image", well=True, said=f"{image} is on this host")
    if may_pull:
        return Finding("image", well=True, said=f"{image} is not here yet and will be pulled")
    return Finding("image", well=False, said=f"{image} is not on this host", advice=BRING_IMAGE)


def swap_bytes() -> int:
    """The swap space of this host."""
    total: int = psutil.swap_memory().total
    return total


def _limits(facts: Facts) -> Iterator[Finding]:
    advice = "boot a kernel with this cgroup controller (for swap: with swapaccount=1), or accept it"
    for name, there in (
        ("cpu", facts.cpu_quota),
        ("memory", facts.memory_limit),
        ("pids", facts.pids_limit),
        ("swap", facts.swap_limit or not swap_bytes()),
    ):
        said = f"pilots can{'' if there else 'not'} be limited in {name}"
        yield Finding(f"limit {name}", well=there, said=said, advice=advice)


def _weight(config: Config, facts: Facts) -> Finding:
    advice = "run `plancton prepare-host` as root before the agent (its service unit does)"
    if facts.cgroup_driver == "systemd":
        advice = f"install a unit {config.name}.slice with CPUWeight=idle and start it"
    try:
        pool = cgroup.Pool(config.name, facts.cgroup_driver, cgroup.hierarchy_here())
    except (OSError, cgroup.NoHierarchy) as error:
        return Finding("cgroup", well=False, said=f"pilots cannot be told from the owner: {error}")
    fault = cgroup.why_not_lowest(pool)
    if not cgroup.has_weight(pool):
        advice = "such a host can be lent as a whole only: `mode: dedicated`"
    said = f"pilots below {pool.cpu} have the lowest CPU weight" if fault is None else fault.why
    return Finding("cgroup", well=fault is None, said=said, advice=advice)


def _disk(facts: Facts, config: Config) -> Finding:
    try:
        usage = shutil.disk_usage(facts.root)
    except OSError as error:
        return Finding("disk", well=True, said=f"{facts.root} cannot be looked at: {error.strerror}")
    share = usage.free / usage.total
    said = f"{usage.free / 1024**3:.1f} GiB free below {facts.root} ({share:.0%})"
    least = config.signals.disk_free_least_share or LEAST_FREE_DISK
    return Finding("disk", well=share >= least, said=said, advice="free some: docker system df")


def room(config: Config, cores: int) -> Finding:
    """Whether one pilot fits while the host is idle: on a small one the reserve may be all there is."""
    policy = policy_of(config)
    reserve, each = policy.reserve_of(cores), policy.default.cpus
    fits = max(math.floor((cores - reserve + policy.grow_slack_of(policy.default)) / each + 1e-9), 0)
    said = f"{cores} in all, {reserve:g} kept idle, {each:g} for each pilot: room for {fits}"
    advice = "lower pool.reserve_cores (0 lends even the only core while it is idle), or cpus_per_pilot"
    return Finding("cores", well=fits > 0 or policy.max_pilots == 0, said=said, advice=advice)


def _software(software: Wanted) -> Iterator[Finding]:
    missing = look_and_wait(software)
    answering = ", ".join(software.repositories) or "it"
    said = f"{software.path}: {answering} answers" if missing is None else missing.why
    yield Finding("software", well=missing is None, said=said, advice=BRING_SOFTWARE)
    with mountinfo.MOUNTINFO.open() as mounts:
        fault = mountinfo.why_not_passed_on(software.path, mountinfo.points(mounts))
    if fault is not None:
        said, mend = fault
        yield Finding("software", well=False, said=said, advice=f"as root, now and at every boot: {mend}")


def _network(config: Config) -> Finding:
    guard = guard_of(config)
    if guard is None:
        return Finding("network", well=True, said="nothing guards the pilots' network, as configured")
    missing = why_not_guarded(report_path(config), guard, config.network.check_seconds)
    said = "the pilots' network is guarded" if missing is None else f"the pilots' network: {missing.why}"
    advice = "start it (systemctl start plancton-network); it needs the command iptables"
    return Finding("network", well=missing is None, said=said, advice=advice)


def _web(config: Config) -> Finding:
    """The agent works all the same, so it is told and is no fault: the network may be a closed one."""
    exposed = exposure(config.web, config.web.listen_address)
    said = exposed or f"{config.web.listen_address} is not open to strangers"
    return Finding("web", well=True, said=f"{said}; see docs/security.md" if exposed else said)


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
    # An owner writes his wish down and asks the agent. What the agent itself writes, it tells at its start.
    for key, path, need, called in (
        ("run_directory", config.paths.run_directory, os.X_OK, "entered"),
        ("state_directory", config.paths.state_directory, os.W_OK | os.X_OK, "written"),
    ):
        usable = os.access(path, need)
        said = f"paths.{key} {path} {'can' if usable else 'cannot'} be {called} by you"
        advice = "make it for the agent's user; owners belong into the group plancton"
        yield Finding("permission", well=usable, said=said, advice=advice)
