"""The images of a pilot and of a pool, made by the very script that the Ansible role uses; once a machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.testbed import settings

ROLES = Path(__file__).parents[2] / "ansible/roles"
SUITE = "trixie"
# A minute on a quiet machine; then found again by the digest of its inputs.
BUILD_SECONDS = 540


@dataclass(frozen=True)
class Images:
    """Their names in this machine's engine."""

    pilot: str = "plancton-test/htcondor-pilot:e2e"
    pool: str = "plancton-test/htcondor-pool:e2e"


def sources(folder: Path) -> list[str]:
    """This machine's own way to Debian's archive, turned to the suite: files in `folder`."""
    return [str(file) for file in settings.apt_sources(SUITE, folder)]


def ensure() -> Images:
    """Make what is missing."""
    images = Images()
    build("htcondor_image", pilot=images.pilot, pool=images.pool)
    return images


def build(role: str, **images: str) -> None:
    """Make those images of a role that are missing, by its own script and the builder that it shares."""
    command = [sys.executable, str(ROLES / role / "files/image.py"), "--suite", SUITE]
    command += [f"--{kind}={name}" for kind, name in images.items()]
    environment = {**os.environ, "PYTHONPATH": str(ROLES / "debian_image/files")}
    with tempfile.TemporaryDirectory(prefix="plancton-sources-") as folder:
        command += [f"--source={source}" for source in sources(Path(folder))]
        made = subprocess.run(
            command, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False, env=environment
        )
    assert made.returncode == 0, f"the images cannot be made: {made.stdout}{made.stderr}"
