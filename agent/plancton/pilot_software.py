"""What a kind's software means for its container, and for the host. docs/software.md. Pure."""

from __future__ import annotations

from dataclasses import replace

from plancton.config.schema import Config, Mount, PilotOptions
from plancton.config.software import INSIDE, Software
from plancton.sensors.software import Wanted

# The name under which CVMFS's own client, and whatever carries one along, looks for its proxies.
PROXY_VARIABLE = "CVMFS_HTTP_PROXY"
# Which of an image's ways to /cvmfs its entry takes: an image with Parrot serves other kinds, too.
SOFTWARE_VARIABLE = "PLANCTON_SOFTWARE"
# Parrot follows a job's system calls as a debugger does.
PARROT_CAPABILITY = "SYS_PTRACE"


def with_software(config: Config) -> Config:
    """The configuration of one kind with what its software takes; what the operator wrote stays."""
    pilot = config.pilot
    if pilot.software is Software.NONE:
        return config
    told = {SOFTWARE_VARIABLE: pilot.software.value}
    if pilot.software_proxy is not None:
        told[PROXY_VARIABLE] = pilot.software_proxy
    environment = tuple(sorted({**told, **dict(pilot.environment)}.items()))
    return replace(config, pilot=replace(_opened(pilot), environment=environment))


def _opened(pilot: PilotOptions) -> PilotOptions:
    if pilot.software is Software.CVMFS:
        # Slave: what the host mounts later appears in a pilot that runs; nothing goes the other way.
        mount = Mount(pilot.software_path, INSIDE, propagation="rslave")
        return replace(pilot, mounts=(*pilot.mounts, mount))
    if PARROT_CAPABILITY in pilot.capabilities:
        return pilot
    return replace(pilot, capabilities=(*pilot.capabilities, PARROT_CAPABILITY))


def wanted(config: Config) -> Wanted | None:
    """What must be there before a pilot of the only kind is started, None if nothing."""
    pilot = config.pilot
    if pilot.software is not Software.CVMFS:
        return None
    return Wanted(pilot.software_path, pilot.software_repositories)
