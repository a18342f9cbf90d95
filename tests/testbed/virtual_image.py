"""What an emulated machine starts from: a kernel, a small initial RAM disk and a disk, in one image.

The disk is the tree of a host in a container, which is made anyway, with Debian's kernel added. What takes
long in an emulator is left out: no udev, no search for hardware, no large RAM disk.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.testbed import images, settings
from tests.testbed.command import must, run
from tests.testbed.own_figures import DROP_IN
from tests.testbed.recipes import FLEET_12_ENGINE, Recipe

BUILD_SECONDS = 600
DISK = "3G"
KERNEL = ("linux-image-cloud-amd64", "kmod", "busybox-static")
KEPT_BYTECODE = Path(__file__).with_name("kept_bytecode.py")
# The emulator is the machine's own: its programs are shown to the container, and not installed a second time.
LINKS = ("bin", "lib", "lib64", "sbin")
# The file system is built into the kernel. The network card is here because no udev will look for its driver.
INIT = """#!/bin/busybox sh
set -e
/bin/busybox mount -t devtmpfs devtmpfs /dev
for driver in $(/bin/busybox cat /drivers); do /bin/busybox insmod "$driver"; done
until [ -b /dev/vda ]; do /bin/busybox sleep 0.1; done
/bin/busybox mount -t ext4 /dev/vda /root
exec /bin/busybox switch_root /root /sbin/init
"""
INITRD = f"""
set -e
mkdir -p "$2/bin" "$2/dev" "$2/root"
cp "$1"/bin/busybox "$2/bin/busybox"
chroot "$1" modprobe --set-version "$3" --show-depends --all virtio_pci virtio_blk virtio_net |
    sed 's/^insmod //' | awk '!seen[$1]++' > "$2/drivers"
while read -r driver; do install -D "$1$driver" "$2$driver"; done < "$2/drivers"
cat > "$2/init" <<'END'
{INIT}END
chmod 755 "$2/init"
cd "$2" && find . | busybox cpio -o -H newc > "$4"
"""
FOR_NOBODY = (  # each takes a second or more
    "e2scrub_reap.service",
    "modprobe@.service",
    "systemd-pstore.service",
    "systemd-random-seed.service",
)
# A second disk holds who may come in, and the key that the machine shows: known before its first start.
# PAM would ask a session manager that is not there, at each connection.
SETTLE = f"""
set -e
cat > "$1/etc/systemd/system/testbed-settle.service" <<'END'
[Unit]
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
ExecStart=tar --extract --file=/dev/vdb --directory=/
ExecStart=ip address add 10.0.2.15/24 dev eth0
ExecStart=ip link set eth0 up
ExecStart=ip route add default via 10.0.2.2
[Install]
WantedBy=sysinit.target
END
ln -sf /bin/kmod "$1/usr/sbin/modprobe"
chroot "$1" /bin/busybox ln -sf /bin/kmod /usr/sbin/depmod
chroot "$1" depmod "$2"
chroot "$1" systemctl --quiet enable testbed-settle.service
echo 'UsePAM no' > "$1/etc/ssh/sshd_config.d/testbed.conf"
echo virtual > "$1/etc/hostname"
printf '127.0.0.1 localhost\\n127.0.1.1 virtual\\n' > "$1/etc/hosts"
rm -f "$1{DROP_IN}"
for unit in {" ".join(FOR_NOBODY)}; do ln -sf /dev/null "$1/etc/systemd/system/$unit"; done
"""
BASE = FLEET_12_ENGINE
VIRTUAL_12 = replace(
    BASE,
    name="virtual-12",
    user="root",
    packages=(*BASE.packages, *KERNEL),
    hooks=(*BASE.hooks, INITRD, SETTLE, DISK, KEPT_BYTECODE.read_text()),
)


def ensure(recipe: Recipe) -> str:
    """Made once, as those of the hosts in containers are; returns its name."""
    if not run(["docker", "image", "inspect", recipe.image]).ok:
        with tempfile.TemporaryDirectory(prefix="plancton-testbed-") as place:
            _build(recipe, Path(place))
    return recipe.image


def _build(recipe: Recipe, place: Path) -> None:
    tree = place / "tree"
    _unpack(images.ensure(BASE), tree, place)
    version = _add_kernel(recipe, tree, place)
    _shell(SETTLE, tree, version)
    shutil.copyfile(KEPT_BYTECODE, tree / "etc/python3.11/sitecustomize.py")
    _shell(INITRD, tree, place / "first", version, place / "initrd")
    kernel = (tree / "boot" / f"vmlinuz-{version}").rename(place / "kernel")
    raw, root = place / "raw", place / "root"
    must(run(["mke2fs", "-q", "-t", "ext4", "-d", str(tree), str(raw), DISK], deadline=BUILD_SECONDS))
    must(run(["qemu-img", "convert", "-O", "qcow2", str(raw), str(root)], deadline=BUILD_SECONDS))
    with tarfile.open(place / "image.tar", "w") as tar:
        for link in LINKS:
            entry = tarfile.TarInfo(link)
            entry.type, entry.linkname = tarfile.SYMTYPE, f"usr/{link}"
            tar.addfile(entry)
        for part in (kernel, place / "initrd", root):
            tar.add(part, f"machine/{part.name}")
    must(run(["docker", "import", str(place / "image.tar"), recipe.image], deadline=BUILD_SECONDS))


def _unpack(image: str, tree: Path, place: Path) -> None:
    """A container that never runs shows the engine's files of an image, and can be written to an archive."""
    tree.mkdir()
    container = must(run(["docker", "create", image, "none"])).stdout.strip()
    try:
        archive = str(place / "tree.tar")
        must(run(["docker", "export", "--output", archive, container], deadline=BUILD_SECONDS))
    finally:
        must(run(["docker", "rm", container]))
    must(run(["tar", "--extract", f"--file={archive}", f"--directory={tree}"], deadline=BUILD_SECONDS))


def _add_kernel(recipe: Recipe, tree: Path, place: Path) -> str:
    """With its modules and what loads them: unpacked, not installed, so nobody asks what the machine is like.

    Returns its version."""
    unpacked = place / "kernel.tar"
    options = [f"--aptopt={line}" for line in settings.apt_options()]
    sources = map(str, settings.apt_sources(recipe.suite, place))
    packages = f"--include={','.join(KERNEL)}"
    make = ["mmdebstrap", "--variant=extract", packages, *options, recipe.suite, str(unpacked), *sources]
    must(run(make, deadline=BUILD_SECONDS))
    wanted = ["./boot/vmlinuz-*", "./lib/modules", "./bin/kmod", "./bin/busybox"]
    extract = ["tar", "--extract", f"--file={unpacked}", f"--directory={tree}", "--keep-directory-symlink"]
    must(run([*extract, "--wildcards", *wanted], deadline=BUILD_SECONDS))
    return next((tree / "lib" / "modules").iterdir()).name


def _shell(script: str, *words: Path | str) -> None:
    must(run(["sh", "-c", script, "sh", *map(str, words)], deadline=BUILD_SECONDS))
