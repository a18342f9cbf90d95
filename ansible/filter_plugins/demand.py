"""Which addresses may ask the pool's host how many jobs wait: those of the donors."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address
from typing import Any

# Names are looked up side by side: one that nobody answers for takes seconds.
AT_ONCE = 32


def asking_networks(groups: dict[str, list[str]], hosts: dict[str, dict[str, Any]]) -> list[str]:
    """Networks of one address each. A name that the control node cannot look up is left out.

    The pool's own host needs none: the service knows it by itself.
    """
    pool = groups["pools"][0]
    there = hosts[pool].get("ansible_host", pool)
    donors = [name for name in groups.get("donors", []) if name != pool]
    names = {hosts[name].get("ansible_host", name) for name in donors if not _is_here(hosts[name])}
    found = addresses(names)
    if any(_is_here(hosts[name]) for name in donors):
        found |= own_address(there)
    return [f"{address}/32" for address in sorted(found, key=IPv4Address)]


def own_address(there: str) -> set[str]:
    """By which address the control node comes to another host."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((there, 9))  # sends nothing
        except (OSError, UnicodeError):
            return set()
        return {str(probe.getsockname()[0])}


def addresses(names: Iterable[str]) -> set[str]:
    """All IPv4 addresses of these names and numbers."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {address for found in pool.map(_look_up, names) for address in found}


def _look_up(name: str) -> list[str]:
    try:
        found = socket.getaddrinfo(name.strip(), None, socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]


def _is_here(settings: dict[str, Any]) -> bool:
    return settings.get("ansible_connection") == "local"


class FilterModule:
    """What Ansible calls."""

    def filters(self) -> dict[str, Any]:
        """Name → function."""
        return {"asking_networks": asking_networks}
