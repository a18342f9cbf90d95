"""Every option with its default, its kind and the sentence that the reference prints for it.

The defaults are a policy: what an owner would accept without having been asked. Sources of the
start values are in docs/policy.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from plancton.config.access import TlsVersion, password_hash
from plancton.config.destinations import Destination, destination, service_url, subnet
from plancton.config.hours import window
from plancton.config.kinds import KindOptions, kinds
from plancton.config.software import PROXY, REPOSITORY, Software
from plancton.config.values import (
    Kind,
    Unfit,
    choice,
    flag,
    list_of,
    mapping_of,
    number,
    optional,
    shown,
    size,
    text,
    whole,
)
from plancton.core.hours import Hours
from plancton.core.policy import Mode
from plancton.core.thresholds import Battery

MIB = 1024**2
# The value of pilot.network that stands for a bridge of the pilots' own.
OWN_NETWORK = "own"
NAME = r"[a-z0-9][a-z0-9_.-]{0,62}"
KIND_NAME = text(NAME, "a short lower-case name")
# systemd reads a dash in a slice as a level of its own, and only the top level has the weight.
AGENT_NAME = text(r"[a-z0-9][a-z0-9_]{0,30}", "a name of lower-case letters, digits and _")
ABSOLUTE = text(r"/[^\0]*", "an absolute path")


def option(default: Any, kind: Kind, doc: str, *, at_start: bool = False) -> Any:
    """A field of a section. `at_start`: a change is taken in at the next start only."""
    return field(default=default, metadata={"kind": kind, "doc": doc, "at_start": at_start})


@dataclass(frozen=True)
class Pool:
    """How many pilots fit on the host."""

    max_pilots: int | None = option(
        None, optional(whole(0), "as many as fit"), "The most pilots at once; 0 keeps the host empty."
    )
    reserve_cores: float | None = option(
        None,
        optional(number(0), "one core, or a tenth of the cores if that is more"),
        "Cores that stay idle beside whatever the owner uses.",
    )
    cpus_per_pilot: float = option(
        1.0, number(0.1), "Cores that one pilot may use; the kernel enforces it where it can."
    )
    memory_per_pilot: int = option(
        512 * MIB, size(6 * MIB), "Memory of one pilot, without swap; beyond it the kernel ends the pilot."
    )
    reserve_memory: int | None = option(
        None,
        optional(size(), "a tenth of the memory"),
        "Memory that stays available to the owner; below it pilots are killed at once.",
    )


@dataclass(frozen=True)
class Grow:
    """When pilots are added."""

    calm_seconds: float = option(
        60.0, number(0, 86400), "Room must have been there for this long without a break."
    )
    ramp_pilots: int = option(1, whole(1, 1000), "The most pilots started in one interval.")
    tolerance_cores: float = option(
        0.25,
        number(0),
        "A pilot is started even if this much of its share is missing: background noise of the host. "
        "Counts as a quarter of cpus_per_pilot at most.",
    )
    fizzle_seconds: float = option(
        30.0,
        number(0),
        "A pilot that ends younger has failed, unless its exit code says otherwise: docs/pilots.md.",
    )
    backoff_first_seconds: float = option(
        5.0, number(1), "The wait after a first failed start; it doubles with each further one."
    )
    backoff_max_seconds: float = option(600.0, number(1), "The longest wait between two probes.")
    no_work_first_seconds: float = option(
        60.0,
        number(1),
        "The wait after a pilot that has found no work (exit code 75); it doubles with each further one.",
    )
    no_work_max_seconds: float = option(600.0, number(1), "The longest wait between two looks for work.")


@dataclass(frozen=True)
class Release:
    """How pilots give way to the owner: a ladder. Each rung is climbed when the one before did not do.

    The first rung, the lowest CPU weight, is always there.
    """

    tolerance_cores: float = option(
        0.5,
        number(0),
        "Pilots may be over their room by this much before one has to go; above grow.tolerance_cores. "
        "Counts as half of cpus_per_pilot at most.",
    )
    reserve_after_seconds: float | None = option(
        30.0,
        optional(number(0), "pilots never go for the reserve"),
        "The owner must have used cores of the reserve for this long before pilots go so that it is whole "
        "again. Pilots that are in the owner's way beside it go at once.",
    )
    freeze_after_seconds: float | None = option(
        0.0,
        optional(number(0), "pilots are not frozen"),
        "The owner's demand must have lasted for this long before pilots are frozen. They lose no work "
        "and use no CPU; their memory stays.",
    )
    stop_after_seconds: float | None = option(
        1800.0,
        optional(number(0), "pilots are not stopped"),
        "A pilot that has been frozen (or, without freezing, in the way) for this long is asked to end.",
    )
    stop_grace_seconds: float = option(
        10.0, number(0, 3600), "A pilot that was asked to end has this long to do so; then it is killed."
    )
    kill_after_seconds: float | None = option(
        None,
        optional(number(0), "pilots are killed only after their grace"),
        "A pilot that has been frozen or in the way for this long is killed without being asked.",
    )
    thaw_after_seconds: float = option(
        10.0,
        number(0, 86400),
        "Room must have been there for this long before frozen pilots go on. It doubles each time that the "
        "owner comes back soon after pilots were let in.",
    )
    thaw_most_seconds: float = option(
        180.0,
        number(0, 86400),
        "The longest that it doubles to. While it does, pilots are started no sooner than frozen ones go on.",
    )


SHARE = number(0, 1, open_low=True)


@dataclass(frozen=True)
class SignalOptions:
    """What else speaks for the owner's need, beside CPU and memory; docs/signals.md says more of each."""

    hours: tuple[Hours, ...] = option(
        (),
        list_of(window()),
        "When pilots are welcome, in the host's own time; empty: always. A window may pass midnight and "
        "belongs to the day on which it begins.",
    )
    presence_grace_seconds: float | None = option(
        None,
        optional(number(1), "nobody looks"),
        "Pilots give way while somebody sits at the host or types in a terminal, and for so long after.",
    )
    exclusive_applications: tuple[str, ...] = option(
        (),
        list_of(text(r"[^/\0\n]+", "the name of a program as `ps -e -o comm` shows it")),
        "Pilots give way while one of these runs outside of a pilot.",
    )
    battery: Battery = option(
        Battery.STOP, choice(Battery), "Whether pilots give way while the host runs on its battery."
    )
    temperature_most_celsius: float | None = option(
        None, optional(number(20, 150), "no limit"), "Pilots give way while the processor is hotter."
    )
    pressure_cpu_most_share: float | None = option(
        None,
        optional(SHARE, "no limit"),
        "Pilots give way while others wait for a core for a larger share of ten seconds; cgroup v2 only.",
    )
    pressure_io_most_share: float | None = option(
        None,
        optional(SHARE, "no limit"),
        "Pilots give way while others wait for a disk for a larger share of ten seconds.",
    )
    pressure_memory_most_share: float | None = option(
        None,
        optional(SHARE, "no limit"),
        "Pilots are killed while others wait for memory for a larger share of ten seconds.",
    )
    disk_free_least_share: float | None = option(
        0.05,
        optional(number(0, 0.9, open_low=True), "no limit"),
        "Pilots are killed while less than this share of the engine's file system is free.",
    )


@dataclass(frozen=True)
class Mount:
    """A directory of the host inside the pilot."""

    source: str
    target: str
    read_only: bool = True
    propagation: str = "rprivate"


def _mount() -> Kind:
    called = "a mapping with source, target and perhaps read_only and propagation"
    keys = {
        "source": ABSOLUTE,
        "target": ABSOLUTE,
        "read_only": flag(),
        "propagation": text(r"r?(private|slave|shared)", "rprivate, rslave, rshared or the like"),
    }

    def read(raw: Any) -> Mount:
        unknown = set(raw) - set(keys) if isinstance(raw, dict) else {"?"}
        if unknown or not {"source", "target"} <= set(raw):
            raise Unfit(f"must be {called}, not {shown(raw)}")
        return Mount(**{key: keys[key].read(value) for key, value in raw.items()})

    return Kind(read, called, vars)


@dataclass(frozen=True)
class PilotOptions:
    """What a pilot is. The defaults close every door; each key opens one of them."""

    kind: str = option("default", KIND_NAME, "The kind's name in metrics, where it is the only one.")
    image: str = option(
        "plancton-pilot:embedded", text(r"[^\s]+", "an image reference"), "The image of the container."
    )
    image_refresh_seconds: float | None = option(
        None,
        optional(number(0), "nothing is ever pulled"),
        "How often a newer image is looked for in its registry; 0 pulls a missing image only. "
        "While the registry cannot be had, the image at hand serves on.",
    )
    command: tuple[str, ...] = option(
        (), list_of(text(r"(?s).*", "a text")), "The command; empty: that of the image."
    )
    environment: tuple[tuple[str, str], ...] = option(
        (),
        mapping_of(text(r"[^=\0]+", "a name"), text(r"[^\0]*", "a text")),
        "Environment variables, beside those that the agent sets (docs/pilots.md). Not a place for secrets.",
    )
    drain_signal: str | None = option(
        None,
        optional(text(r"SIG(HUP|INT|QUIT|TERM|USR1|USR2|WINCH|PWR)", "a signal such as SIGUSR1"), "nothing"),
        "What running pilots are told when the owner drains the host, so that they take no new work.",
    )
    demand_url: str | None = option(
        None,
        optional(service_url(), "pilots look for themselves"),
        "Who says how many jobs wait, and for how many this host may start pilots: a `plancton demand`. "
        "docs/htcondor.md.",
    )
    demand_every_seconds: float = option(
        5.0,
        number(1, 10),
        "How often it is asked. After three times that without an answer pilots look for themselves.",
    )
    demand_probe_seconds: float = option(
        3600.0,
        number(1),
        "While no job waits, one pilot is started this long after the last one, as a probe.",
    )
    user: str = option(
        "10001:10001", text(r"[^\s]+", "a user or user:group"), "User and group within the container."
    )
    ttl_seconds: float = option(86400.0, number(1), "A pilot older than this is killed.")
    mounts: tuple[Mount, ...] = option(
        (), list_of(_mount()), "Directories of the host, read-only by default."
    )
    software: Software = option(
        Software.NONE,
        choice(Software),
        "How jobs get at /cvmfs: cvmfs mounts that of the host, parrot lets the image's Parrot work. "
        "docs/software.md.",
    )
    software_path: str = option("/cvmfs", ABSOLUTE, "Where the host has it.")
    software_repositories: tuple[str, ...] = option(
        (),
        list_of(REPOSITORY),
        "What must answer below it before a pilot of a kind with the host's is started.",
    )
    software_proxy: str | None = option(
        None, optional(PROXY, "pilots are told of none"), "Handed to pilots as CVMFS_HTTP_PROXY."
    )
    tmpfs: tuple[tuple[str, str], ...] = option(
        (("/tmp", "rw,exec,nosuid,nodev,size=64m"),),  # noqa: S108 - the container's own
        mapping_of(ABSOLUTE, text(r"[a-z0-9=,]+", "mount options")),
        "Writable directories in memory, and their mount options; they count as the pilot's memory.",
    )
    read_only_root: bool = option(True, flag(), "The container's own file system cannot be written.")
    devices: tuple[str, ...] = option(
        (), list_of(text(r"/dev/[^\s:]+(:[^\s:]+(:[rwm]+)?)?", "a device")), "Devices of the host."
    )
    capabilities: tuple[str, ...] = option(
        (), list_of(text(r"[A-Z_]+", "a capability such as SYS_PTRACE")), "Added to none."
    )
    security_options: tuple[str, ...] = option(
        ("no-new-privileges",), list_of(text(r"[^\s]+", "an option")), "Docker's --security-opt, all of them."
    )
    network: str = option(
        "none",
        text(NAME, "a network's name"),
        "None at all (none), a guarded bridge of their own (own; see `network`), or a network of the engine.",
    )
    pids_limit: int = option(512, whole(1), "Processes and threads at once.")
    log_max_size: int | None = option(
        None,
        optional(size(1024), "nothing"),
        "The most that is kept of a pilot's output, for `docker logs`.",
    )
    init: bool = option(False, flag(), "Docker's own init as first process; needs its docker-init.")


@dataclass(frozen=True)
class NetworkOptions:
    """The pilots' own network, for kinds whose `pilot.network` is `own`; docs/security.md says more of it."""

    internet: bool = option(
        True,
        flag(),
        "Pilots reach what is neither the host nor in its networks nor private, and the host's resolvers; "
        "false: what `allow` lists and nothing else.",
    )
    allow: tuple[Destination, ...] = option(
        (),
        list_of(destination()),
        "What pilots reach besides, such as a pool's central manager in the local network, or a resolver.",
    )
    subnet: str | None = option(None, subnet(), "The addresses of the bridge.")
    guard: bool = option(
        True, flag(), "No pilot is started in it unless the host's firewall guards it; false: nothing does."
    )
    check_seconds: float = option(
        30.0,
        number(1, 600),
        "How often the filter in the firewall is checked, and healed.",
    )


@dataclass(frozen=True)
class EngineOptions:
    """The Docker Engine."""

    url: str = option(
        "unix:///var/run/docker.sock",
        text(r"unix:///.+|tcp://.+|https?://.+", "a unix:// or tcp:// address"),
        "Where the engine listens.",
        at_start=True,
    )
    deadline_seconds: float = option(
        20.0, number(1), "An engine that has not answered by then has failed.", at_start=True
    )
    resync_seconds: float = option(
        10.0,
        number(1),
        "How often the engine is asked for its containers when nothing seems to have changed.",
        at_start=True,
    )


@dataclass(frozen=True)
class Web:
    """The HTTP server: metrics, health, status. Who may ask it over a network is told in docs/security.md."""

    listen_address: str = option(
        "127.0.0.1:10016",
        text(r"(\[[0-9a-fA-F:]+\]|[^\s:\[\]]*):\d{1,5}", "an address such as 127.0.0.1:10016"),
        "Where it listens; the host part may be empty for all addresses.",
        at_start=True,
    )
    tls_certificate_file: str | None = option(
        None,
        optional(ABSOLUTE, "HTTP without TLS"),
        "Its certificate in PEM, with those between it and its authority. Read again when it changes.",
        at_start=True,
    )
    tls_key_file: str | None = option(
        None,
        optional(ABSOLUTE, "none"),
        "The private key of that certificate, not encrypted. It may be in the same file.",
        at_start=True,
    )
    tls_client_ca_file: str | None = option(
        None,
        optional(ABSOLUTE, "clients need no certificate"),
        "Authorities in PEM: who comes without a certificate of one of them for clients is refused.",
        at_start=True,
    )
    tls_min_version: TlsVersion = option(
        TlsVersion.TLS13, choice(TlsVersion), "The oldest TLS that is spoken.", at_start=True
    )
    basic_auth_users: tuple[tuple[str, str], ...] = option(
        (),
        mapping_of(text(r"[^:\0\n]+", "a name without a colon"), password_hash()),
        "Users of HTTP basic authentication with hashes of their passwords; empty: nobody is asked.",
    )


@dataclass(frozen=True)
class Paths:
    """Where the agent keeps what it needs."""

    run_directory: str = option(
        "/run/plancton", ABSOLUTE, "Lock and control socket; empty after a reboot.", at_start=True
    )
    state_directory: str = option(
        "/var/lib/plancton",
        ABSOLUTE,
        "The owner's wish and the last decisions; survives a reboot.",
        at_start=True,
    )


# What may differ from kind to kind, by the section that has it for all of them.
KEYS_OF_A_KIND: dict[str, tuple[str, ...]] = {
    "pilot": tuple(f.name for f in fields(PilotOptions) if f.name != "kind"),
    "pool": ("cpus_per_pilot", "memory_per_pilot", "max_pilots"),
    "release": ("stop_grace_seconds",),
    "grow": (
        "fizzle_seconds",
        "backoff_first_seconds",
        "backoff_max_seconds",
        "no_work_first_seconds",
        "no_work_max_seconds",
    ),
}
KIND_SHARE = number(0, open_low=True)


def _kinds() -> Kind:
    sections = {"pilot": PilotOptions, "pool": Pool, "release": Release, "grow": Grow}
    keys = {
        option.name: option.metadata["kind"]
        for section, cls in sections.items()
        for option in fields(cls)
        if option.name in KEYS_OF_A_KIND[section]
    }
    return kinds(KIND_NAME, {"share": KIND_SHARE, **keys})


@dataclass(frozen=True)
class Config:
    """The whole file. Every key may be left out."""

    name: str = option(
        "plancton",
        AGENT_NAME,
        "The agent's name: in its containers' labels and its parent cgroup.",
        at_start=True,
    )
    mode: Mode = option(
        Mode.OPPORTUNISTIC,
        choice(Mode),
        "opportunistic gives way to the owner; dedicated ignores what else runs on the host; "
        "dry-run decides and reports and starts nothing, and still gives back what is there.",
    )
    interval_seconds: float = option(1.0, number(0.5, 10), "How often the host is looked at.")
    site: str = option(
        "",
        text(r"[^\0\n]*", "a text"),
        "Where the host is; pilots are told. The playbook sets it from `site`.",
    )
    kinds: tuple[KindOptions, ...] = option(
        (),
        _kinds(),
        "Several kinds of pilots on one host, in shares; empty: one, that of `pilot`. docs/kinds.md.",
    )
    pool: Pool = Pool()
    grow: Grow = Grow()
    release: Release = Release()
    signals: SignalOptions = SignalOptions()
    pilot: PilotOptions = PilotOptions()
    network: NetworkOptions = NetworkOptions()
    engine: EngineOptions = EngineOptions()
    web: Web = Web()
    paths: Paths = Paths()
