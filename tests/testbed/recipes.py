"""What the hosts are made of: package lists, last touches, and how the container is run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from tests.testbed.own_figures import DROP_IN, DROP_IN_TEXT

FIRST_PROCESS = Path(__file__).with_name("first_process")

# What the project may expect of a user's machine (git, make, python3), what any installed Debian has
# beyond minbase, and nothing more: python3-venv and an engine are missing on purpose.
FRESH = ("git", "make", "python3", "ca-certificates", "iproute2", "procps")

# Units that want hardware, a console or the network at odd moments.
MASKED = (
    "apt-daily-upgrade.timer",
    "apt-daily.timer",
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "getty.target",
    "proc-sys-fs-binfmt_misc.automount",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-binfmt.service",
    "systemd-logind.service",
    "systemd-modules-load.service",
    "systemd-sysctl.service",
    "systemd-timesyncd.service",
    "systemd-udev-trigger.service",
    "systemd-udevd.service",
)

# Run in the finished tree, whose path is "$1".
LAST_TOUCHES = (
    # No package lists, and an old folder for them: `cache_valid_time` takes a new one for fresh lists.
    'rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* && touch -d 2020-01-01 "$1/var/lib/apt/lists"',
    'chroot "$1" useradd --create-home --shell /bin/bash keeper',
)
# An administrator's own account, as on most desktops.
SUDOER = 'echo "keeper ALL=(ALL) NOPASSWD: ALL" > "$1/etc/sudoers.d/keeper"'
MASKING = tuple(f'ln -sf /dev/null "$1/etc/systemd/system/{unit}"' for unit in MASKED)
OWN_FIGURES = f"""
mkdir -p "$(dirname "$1{DROP_IN}")"
printf '%s' '{DROP_IN_TEXT}' > "$1{DROP_IN}"
"""


@dataclass(frozen=True)
class Recipe:
    """One kind of host. `user` is who sets the facility up on it."""

    name: str
    packages: tuple[str, ...]
    hooks: tuple[str, ...]
    flags: tuple[str, ...]
    init: tuple[str, ...]
    user: str
    suite: str = "bookworm"

    def digest(self) -> str:
        """Changes with whatever the image is made of, and with nothing else."""
        parts = (self.suite, *self.packages, *self.hooks, FIRST_PROCESS.read_text())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    @property
    def image(self) -> str:
        return f"plancton-testbed-{self.name}:{self.digest()}"


# A machine without systemd, used by root as there is no sudo either.
BARE = Recipe(
    name="bare",
    packages=FRESH,
    hooks=LAST_TOUCHES,
    flags=("--init",),
    init=("sleep", "infinity"),
    user="root",
)

# A machine with systemd, used by somebody who may sudo.
SYSTEMD = Recipe(
    name="systemd",
    packages=(*FRESH, "systemd", "systemd-sysv", "dbus", "libpam-systemd", "sudo"),
    hooks=(*LAST_TOUCHES, SUDOER, OWN_FIGURES, *MASKING),
    flags=("--env=container=docker", "--stop-signal=SIGRTMIN+3", "--tmpfs=/run", "--tmpfs=/run/lock"),
    init=("/sbin/init",),
    user="keeper",
)

# Hosts of a fleet are administered over SSH. Each makes a key of its own when it first starts.
NO_HOST_KEYS = 'rm -f "$1"/etc/ssh/ssh_host_*'
FLEET_12 = replace(
    SYSTEMD,
    name="fleet-12",
    packages=(*SYSTEMD.packages, "openssh-server"),
    hooks=(*SYSTEMD.hooks, NO_HOST_KEYS),
)
FLEET_12_ENGINE = replace(FLEET_12, name="fleet-12-engine", packages=(*FLEET_12.packages, "docker.io"))
FLEET_13 = replace(FLEET_12, name="fleet-13", suite="trixie")


def without_systemd(recipe: Recipe) -> Recipe:
    """The same image, in which nothing but an SSH server is started."""
    serve = "mkdir -p /run/sshd && /usr/sbin/sshd && exec sleep infinity"
    return replace(recipe, flags=BARE.flags, init=("sh", "-c", serve), user="root")
