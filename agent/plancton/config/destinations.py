"""Addresses as the configuration writes them: where pilots may go, and their own subnet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from plancton.config.values import Kind, Unfit, optional, shown

CALLED = "an address or network, perhaps with a port and a protocol, such as 192.168.1.5:9618/tcp"
WRITTEN = re.compile(r"([\d.]+(?:/\d{1,2})?)(?::(\d{1,5}))?(?:/(tcp|udp))?")
LARGEST_PORT = 65535
SERVICE = re.compile(r"http://(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(\d{1,5})/?")
# The engine takes two addresses of each subnet for itself.
SMALLEST_SUBNET = 29


@dataclass(frozen=True)
class Destination:
    """What pilots may reach: a network such as 10.1.0.0/16; None stands for every port or protocol."""

    network: str
    port: int | None = None
    protocol: str | None = None

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"{self.network}{port}" + ("" if self.protocol is None else f"/{self.protocol}")


def destination() -> Kind:
    """CIDR[:port][/tcp|udp]. A name is refused: who answers for it would decide what is open."""

    def read(raw: Any) -> Destination:
        found = WRITTEN.fullmatch(raw) if isinstance(raw, str) else None
        if found is None:
            raise Unfit(f"must be {CALLED}, not {shown(raw)}")
        port = None if found[2] is None else int(found[2])
        if port is not None and not 0 < port <= LARGEST_PORT:
            raise Unfit(f"must have a port of 1 to {LARGEST_PORT}, not {port}")
        return Destination(str(_network(found[1], raw, CALLED)), port, found[3])

    return Kind(read, CALLED, str)


def service_url() -> Kind:
    """A service that is asked without secrets, by its host and port alone."""
    called = "http://HOST:PORT, such as http://pool.example.org:10017"

    def read(raw: Any) -> str:
        found = SERVICE.fullmatch(raw) if isinstance(raw, str) else None
        if found is None or not 0 < int(found[1]) <= LARGEST_PORT:
            raise Unfit(f"must be {called}, not {shown(raw)}")
        return str(raw)

    return Kind(read, called)


def subnet() -> Kind:
    """A network of private addresses for the bridge."""
    called = "a network such as 172.31.0.0/24"

    def read(raw: Any) -> str:
        network = _network(raw, raw, called) if isinstance(raw, str) else None
        if network is None or network.prefixlen > SMALLEST_SUBNET:
            raise Unfit(f"must be {called}, /{SMALLEST_SUBNET} or larger, not {shown(raw)}")
        return str(network)

    return optional(Kind(read, called), "the engine chooses")


def _network(text: str, raw: Any, called: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError:
        raise Unfit(f"must be {called}, not {shown(raw)}") from None
