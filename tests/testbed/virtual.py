"""A machine with a kernel of its own, emulated: cgroup v2 with all controllers, which no container here has.

The emulator runs in a container, which stands for the machine: it has its address; its end is a power cut.
"""

from __future__ import annotations

import io
import shlex
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.testbed import virtual_image
from tests.testbed.command import must, run
from tests.testbed.host import LABEL, Host

UP_SECONDS = 400  # some 30 on a quiet machine
USR = "--volume=/usr:/usr:ro"
PORTS = (22, 10016)  # of the emulated machine, at the container's address
# The kernel mistrusts the fast clock of an emulator, and each look at the other one takes 39 µs. The emulator
# translates a program for the addresses that it has: a process that has new ones takes it 70 ms, not 13.
KERNEL_OPTIONS = (
    "rw console=ttyS0 quiet psi=1 apparmor=0 audit=0 mitigations=off tsc=reliable edd=off panic=-1"
    " systemd.getty_auto=0 nokaslr norandmaps init_on_alloc=0 rcupdate.rcu_expedited=1"
)
# One processor: two that share memory have to be emulated more carefully, and each takes twice as long.
START = f"""
set -e
[ -e /disk/root ] || qemu-img create -q -f qcow2 -F qcow2 -b /machine/root /disk/root
exec qemu-system-x86_64 -accel tcg,thread=multi -cpu Nehalem -smp 1 -m 1024 -nodefaults \\
    -display none -no-reboot -serial stdio \\
    -kernel /machine/kernel -initrd /machine/initrd -append '{KERNEL_OPTIONS}' \\
    -drive file=/disk/root,if=virtio,cache=unsafe -drive file=/settings,if=virtio,format=raw,readonly=on \\
    -nic user,model=virtio-net-pci{"".join(f",hostfwd=tcp::{port}-:{port}" for port in PORTS)}
"""


@dataclass(frozen=True)
class VirtualHost(Host):
    """It is talked to over SSH, with the key and the known host of `folder`."""

    address: str
    folder: Path

    def _exec(self, argv: tuple[str, ...], user: str, folder: str, *, interactive: bool) -> list[str]:  # noqa: ARG002
        """One connection for all: to make one takes the emulated machine seconds."""
        typed = f"cd {shlex.quote(folder)} && {shlex.join(argv)}"
        options = (
            f"IdentityFile={self.folder}/key",
            f"UserKnownHostsFile={self.folder}/known_hosts",
            f"ControlPath={self.folder}/ssh/%h",
            "ControlMaster=auto",
            "ControlPersist=600",
            "BatchMode=yes",
            "ConnectTimeout=60",
        )
        return ["ssh", "-F", "none", *(f"-o{option}" for option in options), f"{user}@{self.address}", typed]

    def wait_until_up(self) -> None:
        """All units are up, none failed."""
        give_up = time.monotonic() + UP_SECONDS
        while not (answer := self.run("systemctl", "is-system-running", "--wait", deadline=UP_SECONDS)).ok:
            running = run(["docker", "ps", "--quiet", f"--filter=name={self.name}"]).stdout
            if time.monotonic() > give_up or not running:
                console = run(["docker", "logs", "--tail=20", self.name]).output
                raise TimeoutError(f"{self.name} is not up after {UP_SECONDS} s: {answer.output}\n{console}")
            time.sleep(2)

    def _thaw(self) -> None:
        """Its kernel goes with the emulator, and whatever is frozen in it."""


def start(host: VirtualHost, public_key: str, run_id: str, network: str) -> str:
    """Switch a new one on, without waiting until it is up; returns the key that it shows."""
    image = virtual_image.ensure(host.recipe)
    shown = _host_key(host)
    settings = host.folder / f"{host.name}.settings"
    settings.write_bytes(_settings(public_key, shown))
    flags = ["--detach", f"--name={host.name}", f"--label={LABEL}={run_id}", USR, "--volume=/disk"]
    flags += [f"--volume={settings}:/settings:ro", f"--network={network}", f"--ip={host.address}"]
    must(run(["docker", "run", *flags, image, "sh", "-c", START]))
    return " ".join(Path(f"{shown}.pub").read_text().split()[:2])


def _host_key(host: VirtualHost) -> Path:
    path = host.folder / f"{host.name}.key"
    if not path.exists():
        must(run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", host.name, "-f", str(path)]))
    return path


def _settings(public_key: str, shown: Path) -> bytes:
    """An archive that is a disk: whole sectors."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        _add(tar, "root/.ssh/authorized_keys", public_key.encode())
        for suffix in ("", ".pub"):
            _add(tar, f"etc/ssh/ssh_host_ed25519_key{suffix}", Path(f"{shown}{suffix}").read_bytes())
    return archive.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size = 0o600, len(content)
    tar.addfile(entry, io.BytesIO(content))
