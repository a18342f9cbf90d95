"""Where the agents of an Ansible inventory answer. Ansible itself reads it: the control node has it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plancton.config.access import is_loopback
from plancton.config.schema import Config

GROUP = "donors"
READ_SECONDS = 60.0
ANYWHERE = ("", "0.0.0.0", "[::]")  # noqa: S104 - recognised, not bound to
TRUE = {"true", "yes", "on", "y", "t", "1"}  # as Ansible reads it
ADDRESS = re.compile(r".+:\d{1,5}")

Settings = Mapping[str, Any]


class BadInventory(Exception):
    """It cannot be read. The message is one sentence."""


@dataclass(frozen=True)
class Donor:
    """A host, and where its agent answers, behind TLS of the facility's authority or in the clear.

    Else why nobody here can reach it.
    """

    name: str
    site: str
    address: str
    unreachable: str = ""
    tls: bool = False


def donors_of(path: Path) -> list[Donor]:
    """The hosts of the group donors. Raises BadInventory."""
    if not path.exists():
        raise BadInventory(f"--inventory: there is no {path}")
    listed = _listed(path)
    hosts: Mapping[str, Settings] = listed.get("_meta", {}).get("hostvars", {})
    names = members(listed, GROUP)
    if not names:
        raise BadInventory(f"--inventory: {path} has no host in the group {GROUP}")
    return [donor(name, hosts.get(name, {})) for name in names]


def members(listed: Mapping[str, Any], group: str) -> list[str]:
    """The hosts of a group and those below it, each once. `listed`: what `ansible-inventory --list` says."""
    found = dict.fromkeys(listed.get(group, {}).get("hosts", []))
    for child in listed.get(group, {}).get("children", []):
        found.update(dict.fromkeys(members(listed, child)))
    return list(found)


def donor(name: str, settings: Settings) -> Donor:
    """The host with the address that a monitor would scrape, as the roles have it."""
    site = str(settings.get("site", ""))
    given = settings.get("agent_scrape_address")
    listen = listens_on(settings)
    host, _, port = listen.rpartition(":")
    here = settings.get("ansible_connection") == "local"
    if given:
        address = str(given)
    elif host in ANYWHERE:
        address = f"{'127.0.0.1' if here else settings.get('ansible_host', name)}:{port}"
    elif is_loopback(listen) and not here:
        return Donor(
            name, site, listen, f"its agent listens on {listen}, which only that host itself can reach"
        )
    else:
        address = listen
    if web(settings).get("tls_certificate_file"):
        return Donor(
            name,
            site,
            address,
            f"{address} has a certificate of its own: ask Prometheus (--prometheus) instead",
        )
    if not ADDRESS.fullmatch(address):
        return Donor(name, site, address, f"{address} is no address with a port")
    return Donor(name, site, address, tls=is_certified(settings))


def is_certified(settings: Settings) -> bool:
    """Whether its agent has a certificate of the facility's authority.

    The roles have the same rule (ansible/filter_plugins/inventory.py).
    """
    said = settings.get("agent_tls")
    if said is None:
        return not web(settings).get("tls_certificate_file") and not is_loopback(listens_on(settings))
    return str(said).lower() in TRUE


def listens_on(settings: Settings) -> str:
    """Where its agent listens."""
    return str(web(settings).get("listen_address", Config().web.listen_address))


def web(settings: Settings) -> Settings:
    """That section of its agent's configuration. What is none is for the agent to refuse."""
    given = settings.get("agent_config_web")
    return given if isinstance(given, Mapping) else {}


def authority_of(path: Path) -> Path:
    """Where the roles keep what the facility's authority has made: beside the inventory."""
    return (path if path.is_dir() else path.parent) / "authority"


def _listed(path: Path) -> dict[str, Any]:
    command = [_program(), "--inventory", str(path), "--list"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=READ_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadInventory(f"--inventory: ansible-inventory does not work: {error}") from None
    try:
        listed = json.loads(ran.stdout)
    except ValueError:
        listed = None
    if ran.returncode or not isinstance(listed, dict):
        said = (ran.stderr.strip().splitlines() or ["it does not say why"])[-1]
        raise BadInventory(f"--inventory: {path} cannot be read by Ansible: {said}")
    return listed


def _program() -> str:
    """The one beside this Python comes first: it is that of the control node's virtual environment."""
    beside = Path(sys.executable).parent / "ansible-inventory"
    found = str(beside) if beside.exists() else shutil.which("ansible-inventory")
    if found is None:
        raise BadInventory("--inventory: this needs Ansible, which is on the control node: run it there")
    return found
