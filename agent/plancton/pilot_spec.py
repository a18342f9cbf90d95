"""The configuration becomes the description of a container, as the Docker API wants it. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from plancton.config.schema import Config, Mount
from plancton.pilot_environment import Here, environment
from plancton.pilot_software import with_software

AGENT_LABEL = "plancton.agent"
KIND_LABEL = "plancton.kind"
SPEC_LABEL = "plancton.spec"

# When memory runs out in spite of everything, the kernel takes a pilot and not the owner's program.
OOM_SCORE = 1000


# What the kernel takes as a host's name, and what every program does.
LONGEST_HOSTNAME = 63
# What /dev/shm may hold, whatever the engine's own default is; it counts as the pilot's memory.
SHARED_MEMORY_BYTES = 64 * 1024**2


@dataclass(frozen=True)
class Limits:
    """Which limits this host's kernel can enforce; Docker refuses the others."""

    cpu_quota: bool = True
    memory: bool = True
    pids: bool = True
    swap: bool = True


@dataclass(frozen=True)
class Spec:
    """A pilot's description. The digest tells pilots of one configuration from those of another.

    What the agent tells pilots is not in the digest: a host that is given another reserve or another name
    has the same pilots as before.
    """

    kind: str
    image: str
    digest: str
    body: dict[str, Any]
    host: str

    def body_of(self, name: str) -> dict[str, Any]:
        """The body for the pilot of this name."""
        return {**self.body, "Hostname": hostname_of(name, self.host)}


def hostname_of(name: str, host: str) -> str:
    """A pilot's name as a host's name: unlike that of any other pilot, on this host or another.

    Pools know their workers by it. The end tells pilots apart, and six letters the hosts; so it is the
    kind's name that is cut.
    """
    tail = f"-{hashlib.sha256(host.encode()).hexdigest()[:6]}"
    label = re.sub(r"[^a-z0-9]+", "-", name.lower())[-(LONGEST_HOSTNAME - len(tail)) :]
    return label.strip("-") + tail


def describe(config: Config, cgroup_parent: str, limits: Limits, here: Here) -> Spec:
    """The body of Docker's POST /containers/create."""
    config = with_software(config)
    pilot = config.pilot
    body: dict[str, Any] = {
        "Image": pilot.image,
        "User": pilot.user,
        "Env": [f"{name}={value}" for name, value in pilot.environment],
        "HostConfig": _host_config(config, cgroup_parent, limits),
    }
    if pilot.command:
        body["Cmd"] = list(pilot.command)
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:12]
    body["Env"] = [f"{name}={value}" for name, value in environment(config, here).items()]
    body["Labels"] = {AGENT_LABEL: config.name, KIND_LABEL: pilot.kind, SPEC_LABEL: digest}
    return Spec(pilot.kind, pilot.image, digest, body, here.name)


def _host_config(config: Config, cgroup_parent: str, limits: Limits) -> dict[str, Any]:
    pilot, pool = config.pilot, config.pool
    host: dict[str, Any] = {
        "CgroupParent": cgroup_parent,
        "CapDrop": ["ALL"],
        "CapAdd": list(pilot.capabilities),
        "SecurityOpt": list(pilot.security_options),
        "ReadonlyRootfs": pilot.read_only_root,
        "Tmpfs": dict(pilot.tmpfs),
        "Mounts": [_mount(m) for m in pilot.mounts],
        "Devices": [_device(d) for d in pilot.devices],
        "NetworkMode": pilot.network,
        "Init": pilot.init,
        "OomScoreAdj": OOM_SCORE,
        "RestartPolicy": {"Name": "no"},
        "ShmSize": SHARED_MEMORY_BYTES,
        "LogConfig": _log_config(pilot.log_max_size),
        "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}],
    }
    if limits.cpu_quota:
        host["NanoCpus"] = int(pool.cpus_per_pilot * 1e9)
    if limits.memory:
        host["Memory"] = pool.memory_per_pilot
    if limits.memory and limits.swap:
        # The same figure for both means no swap: a pilot never makes the owner's machine swap.
        host["MemorySwap"] = pool.memory_per_pilot
    if limits.pids:
        host["PidsLimit"] = pilot.pids_limit
    return host


def _log_config(most_bytes: int | None) -> dict[str, Any]:
    """What a pilot prints passes through the engine, at the owner's expense; to keep it costs thrice that."""
    if most_bytes is None:
        return {"Type": "none", "Config": {}}
    return {"Type": "json-file", "Config": {"max-size": str(most_bytes), "max-file": "1"}}


def _mount(mount: Mount) -> dict[str, Any]:
    return {
        "Type": "bind",
        "Source": mount.source,
        "Target": mount.target,
        "ReadOnly": mount.read_only,
        "BindOptions": {"Propagation": mount.propagation},
    }


def _device(device: str) -> dict[str, str]:
    """HOST[:CONTAINER[:rwm]], as in `docker run --device`."""
    on_host, _, rest = device.partition(":")
    inside, _, permissions = rest.partition(":")
    return {
        "PathOnHost": on_host,
        "PathInContainer": inside or on_host,
        "CgroupPermissions": permissions or "rwm",
    }
