"""A machine with a kernel of its own, emulated: cgroup v2 with all its controllers, which no container here has.

The emulator runs in a container, which stands for the machine: it has its address, and its end is a power cut.
"""

from __future__ import annotations

import io
import shlex
import tarfile
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tests.testbed import images
from tests.testbed.command import must, run
from tests.testbed.host import LABEL, Host
from tests.testbed.recipes import FLEET_12_ENGINE, LAST_TOUCHES, NO_HOST_KEYS, SUDOER, Recipe

BUILD_SECONDS = 900
UP_SECONDS = 400  # some 40 on a quiet machine
DISK = "4G"
# The emulator is the machine's own: its programs are shown to the container, and not installed a second time.
USR = "--volume=/usr:/usr:ro"
LINKS = ("bin", "lib", "lib64", "sbin")
PORTS = (22, 10016)  # of the emulated machine, at the container's address
# A second disk holds who may come in, and the key that the machine shows: both are known before its first start.
SETTLE = """
cat > "$1/etc/systemd/system/testbed-settle.service" <<END
[Unit]
Before=ssh.service
[Service]
Type=oneshot
ExecStart=tar --extract --file=/dev/vdb --directory=/
[Install]
WantedBy=multi-user.target
END
chroot "$1" systemctl --quiet enable testbed-settle.service
"""
NETWORK = """
printf '[Match]\\nName=en*\\n[Network]\\nDHCP=ipv4\\n' > "$1/etc/systemd/network/wired.network"
chroot "$1" systemctl --quiet enable systemd-networkd.service
chroot "$1" systemctl --quiet mask systemd-networkd-wait-online.service apt-daily.timer apt-daily-upgrade.timer
echo '/dev/vda / ext4 defaults 0 1' > "$1/etc/fstab"
"""
START = f"""
set -e
[ -e /disk/root ] || qemu-img create -q -f qcow2 -F qcow2 -b /machine/root /disk/root
exec qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1536 -nodefaults -display none \\
    -serial stdio -kernel /machine/kernel -initrd /machine/initrd \\
    -append 'root=/dev/vda rw console=ttyS0 quiet psi=1 apparmor=0' \\
    -drive file=/disk/root,if=virtio -drive file=/settings,if=virtio,format=raw,readonly=on \\
    -nic user,model=virtio-net-pci{"".join(f",hostfwd=tcp::{port}-:{port}" for port in PORTS)}
"""
VIRTUAL_12 = replace(
    FLEET_12_ENGINE,
    name="virtual-12",
    packages=(*FLEET_12_ENGINE.packages, "linux-image-cloud-amd64", "udev", "kmod"),
    hooks=(*LAST_TOUCHES, SUDOER, NO_HOST_KEYS, SETTLE, NETWORK),
)


@dataclass(frozen=True)
class VirtualHost(Host):
    """It is talked to over SSH, with the key and the known host of `folder`."""

    address: str
    folder: Path

    def _exec(self, argv: tuple[str, ...], user: str, folder: str, *, interactive: bool) -> list[str]:  # noqa: ARG002
        known = f"UserKnownHostsFile={self.folder / 'known_hosts'}"
        options = ["-F", "none", "-i", str(self.folder / "key"), "-o", known]
        options += ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]
        return ["ssh", *options, f"{user}@{self.address}", f"cd {shlex.quote(folder)} && {shlex.join(argv)}"]

    def wait_until_up(self) -> None:
        """All units are up, none failed."""
        give_up = time.monotonic() + UP_SECONDS
        while not (answer := self.run("systemctl", "is-system-running", "--wait", deadline=UP_SECONDS)).ok:
            if time.monotonic() > give_up:
                console = run(["docker", "logs", "--tail=20", self.name]).output
                raise TimeoutError(f"{self.name} is not up after {UP_SECONDS} s: {answer.output}\n{console}")
            time.sleep(2)

    def _thaw(self) -> None:
        """Its kernel goes with the emulator, and whatever is frozen in it."""


def start(host: VirtualHost, public_key: str, run_id: str, network: str) -> str:
    """Switch a new one on, without waiting until it is up; returns the key that it shows."""
    image = ensure_image(host.recipe)
    shown = _host_key(host)
    settings = host.folder / f"{host.name}.settings"
    settings.write_bytes(_settings(public_key, shown))
    flags = ["--detach", f"--name={host.name}", f"--label={LABEL}={run_id}", USR, "--volume=/disk"]
    flags += [f"--volume={settings}:/settings:ro", f"--network={network}", f"--ip={host.address}"]
    must(run(["docker", "run", *flags, image, "sh", "-c", START]))
    return " ".join(Path(f"{shown}.pub").read_text().split()[:2])


def ensure_image(recipe: Recipe) -> str:
    """Kernel, initial RAM disk and disk; made once, as those of the hosts in containers are."""
    if not run(["docker", "image", "inspect", recipe.image]).ok:
        with tempfile.TemporaryDirectory(prefix="plancton-testbed-") as place:
            _build(recipe, Path(place))
    return recipe.image


def _build(recipe: Recipe, place: Path) -> None:
    tree, raw, root = place / "tree", place / "raw", place / "root"
    must(run(images.mmdebstrap(recipe, tree, place), deadline=BUILD_SECONDS))
    must(run(["mke2fs", "-q", "-t", "ext4", "-d", str(tree), str(raw), DISK], deadline=BUILD_SECONDS))
    packed = ["-c", "-O", "qcow2", "-o", "compression_type=zstd"]
    must(run(["qemu-img", "convert", *packed, str(raw), str(root)], deadline=BUILD_SECONDS))
    with tarfile.open(place / "image.tar", "w") as tar:
        for link in LINKS:
            entry = tarfile.TarInfo(link)
            entry.type, entry.linkname = tarfile.SYMTYPE, f"usr/{link}"
            tar.addfile(entry)
        for name, pattern in (("kernel", "vmlinuz-*"), ("initrd", "initrd.img-*")):
            tar.add(next((tree / "boot").glob(pattern)), f"machine/{name}")
        tar.add(root, "machine/root")
    must(run(["docker", "import", str(place / "image.tar"), recipe.image], deadline=BUILD_SECONDS))


def _host_key(host: VirtualHost) -> Path:
    path = host.folder / f"{host.name}.key"
    if not path.exists():
        must(run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", host.name, "-f", str(path)]))
    return path


def _settings(public_key: str, shown: Path) -> bytes:
    """An archive that is a disk: whole sectors."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for home, owner in (("root", 0), ("home/keeper", 1000)):
            _add(tar, f"{home}/.ssh/authorized_keys", public_key.encode(), owner)
        for suffix in ("", ".pub"):
            key = Path(f"{shown}{suffix}").read_bytes()
            _add(tar, f"etc/ssh/ssh_host_ed25519_key{suffix}", key, 0)
    return archive.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes, owner: int) -> None:
    folder, _, _ = name.rpartition("/")
    if folder.endswith(".ssh"):
        above = tarfile.TarInfo(folder)
        above.type, above.mode, above.uid, above.gid = tarfile.DIRTYPE, 0o700, owner, owner
        tar.addfile(above)
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size, entry.uid, entry.gid = 0o600, len(content), owner, owner
    tar.addfile(entry, io.BytesIO(content))
