"""Where the host is: its resolvers and the networks that it is in, from two files each host has."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from plancton.network.rules import Surroundings

ETC = Path("/etc/resolv.conf")
# Where systemd-resolved is at work the engine, too, asks the servers behind it.
RESOLVED = Path("/run/systemd/resolve/resolv.conf")
ROUTES = Path("/proc/net/route")
# A route without a gateway to a sixteenth of the world is a way out (a VPN's), and no network of neighbours.
WIDEST_PREFIX = 8


def look(interface: str, etc: Path = ETC, resolved: Path = RESOLVED, routes: Path = ROUTES) -> Surroundings:
    """What is there now. `interface` is the pilots' own bridge and no network of others. Raises OSError."""
    servers = nameservers(etc.read_text()) if etc.exists() else ()
    if not servers and resolved.exists():
        servers = nameservers(resolved.read_text())
    return Surroundings(servers, connected(routes.read_text(), interface))


def nameservers(text: str) -> tuple[str, ...]:
    """Those of a resolv.conf that a container can reach: IPv4, and not on the loopback."""
    words = [line.split() for line in text.splitlines()]
    named = [w[1] for w in words if w[:1] == ["nameserver"] and len(w) > 1]
    return tuple(dict.fromkeys(address for address in named if _usable(address)))


def _usable(address: str) -> bool:
    try:
        return not IPv4Address(address).is_loopback
    except ValueError:
        return False


def connected(table: str, interface: str) -> tuple[str, ...]:
    """The networks of /proc/net/route that are reached without a gateway, sorted."""
    found = set()
    for line in table.splitlines()[1:]:
        device, target, gateway, _, _, _, _, mask = line.split()[:8]
        prefix = int(mask, 16).bit_count()
        if device != interface and int(gateway, 16) == 0 and prefix >= WIDEST_PREFIX:
            # The kernel prints the number as the machine keeps it: the first byte last.
            found.add(IPv4Network((bytes.fromhex(target)[::-1], prefix)))
    return tuple(map(str, sorted(found)))
