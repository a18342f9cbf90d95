"""The command `docker`: a second witness beside the library that the agent uses."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

BUSYBOX = Path("/bin/busybox")


def docker(*arguments: str, stdin: bytes | None = None) -> str:
    """Run it; fails the test with what it says."""
    try:
        ran = subprocess.run(
            ["docker", *arguments], input=stdin, capture_output=True, timeout=60, check=False
        )
    except FileNotFoundError:
        pytest.fail("these tests need the command `docker` and a running Docker Engine")
    if ran.returncode != 0:
        pytest.fail(f"docker {' '.join(arguments)[:80]}: {ran.stderr.decode().strip()}")
    return ran.stdout.decode().strip()


def need_engine() -> None:
    """Without an engine these tests prove nothing, so they fail and are not skipped."""
    docker("version", "--format", "{{.Server.Version}}")


def inspect(container: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(docker("inspect", container))[0]
    return found


def make_image(tag: str, *changes: str) -> None:
    """A static busybox and nothing else: no registry is needed. `changes` as in a Dockerfile."""
    if not BUSYBOX.exists():
        pytest.fail(f"these tests need {BUSYBOX} (package busybox-static)")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(BUSYBOX, "bin/busybox")
        for name in ("sh", "sleep", "tail"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    applied = [f"--change={change}" for change in ('CMD ["sleep", "600"]', *changes)]
    docker("import", *applied, "-", tag, stdin=packed.getvalue())


def remove_containers(label: str) -> None:
    """Whatever a test has left."""
    left = docker("ps", "--all", "--quiet", "--filter", f"label={label}").split()
    if left:
        docker("rm", "--force", "--volumes", *left)


def remove_cgroup(name: str) -> None:
    """The parent cgroup that the engine made for the test's pilots; systemd removes its slices itself."""
    for root in [Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").glob("*/")]:
        with suppress(OSError):
            (root / name).rmdir()
