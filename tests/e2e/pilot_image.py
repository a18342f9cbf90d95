"""The embedded pilot image, made by the very script that the Ansible role uses."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

FILES = Path(__file__).parents[2] / "ansible/roles/pilot_image/files"


def ensure(tag: str, socket_path: str = "/var/run/docker.sock") -> str:
    """Make the image in the engine behind the socket; gives its tag."""
    pilot = base64.b64encode((FILES / "pilot.sh").read_bytes()).decode()
    command = [sys.executable, str(FILES / "pilot_image.py"), "ensure", "--socket", socket_path]
    command += ["--image", tag, "--busybox", "/bin/busybox", "--pilot", pilot]
    made = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert made.returncode == 0, f"the pilot image cannot be made: {made.stdout}{made.stderr}"
    return tag
