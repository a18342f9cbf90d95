"""Plays roles on this machine, with everything of theirs below one directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[2]
# How a play of roles on donors begins; what follows are its tasks.
DONORS = """
- hosts: donors
  gather_facts: false
  tasks:
    - host_facts:
"""


def play(
    directory: Path, text: str, inventory: str, settings: dict[str, Any]
) -> subprocess.CompletedProcess[str]:
    """Run a play of this text, with `settings` as extra variables. A failure is the caller's to judge."""
    (directory / "play.yml").write_text(text)
    return run_playbook(directory, directory / "play.yml", inventory, settings)


def run_playbook(
    directory: Path, playbook: Path, inventory: str, settings: dict[str, Any], *options: str
) -> subprocess.CompletedProcess[str]:
    """The same with a playbook that is there."""
    (directory / "settings.yml").write_text(yaml.safe_dump(settings))
    (directory / "inventory").write_text(inventory)
    command = [str(Path(sys.executable).with_name("ansible-playbook"))]
    command += ["-i", str(directory / "inventory"), "-e", f"@{directory / 'settings.yml'}"]
    command += [str(playbook), "-v", *options]
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
        "ANSIBLE_ROLES_PATH": str(REPOSITORY / "ansible/roles"),
        "ANSIBLE_FILTER_PLUGINS": str(REPOSITORY / "ansible/filter_plugins"),
    }
    return subprocess.run(
        command, capture_output=True, text=True, timeout=600, check=False, cwd=REPOSITORY, env=environment
    )
