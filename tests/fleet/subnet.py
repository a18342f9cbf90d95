"""The fleet's own network, in which every host has an address that it keeps."""

from __future__ import annotations

import ipaddress
import json

from tests.fleet.place import Place
from tests.testbed.command import must, run

FIRST = 10  # below it live the gateway and whoever else is given an address by the engine


def ensure(place: Place) -> ipaddress.IPv4Network:
    """The engine chooses the range; only one that it is told lets hosts ask for addresses in it."""
    there = _range(place)
    if there is None:
        must(run(["docker", "network", "create", place.network]))
        there = _range(place)
        must(run(["docker", "network", "rm", place.network]))
        label = f"--label=plancton.testbed={place.run_id}"
        must(run(["docker", "network", "create", label, f"--subnet={there}", place.network]))
    if there is None:
        raise RuntimeError(f"the network {place.network} has no range of addresses")
    return there


def address(network: ipaddress.IPv4Network, number: int) -> str:
    """That of the fleet's host of this number, counted from 0."""
    return str(network[FIRST + number])


def remove(place: Place) -> None:
    if _range(place) is not None:
        must(run(["docker", "network", "rm", place.network]))


def _range(place: Place) -> ipaddress.IPv4Network | None:
    found = run(["docker", "network", "inspect", place.network])
    if not found.ok:
        return None
    return ipaddress.IPv4Network(json.loads(found.stdout)[0]["IPAM"]["Config"][0]["Subnet"])
