"""What the filter lets through: the configuration and the host's surroundings become rules. Pure.

The first rule that fits decides. RETURN leaves a packet to the host's own rules, which may still refuse
it: the filter closes and never opens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from plancton.config.destinations import Destination
from plancton.config.schema import Config
from plancton.network.bridge import interface_of, kinds_on_it

# Private (RFC 1918), shared by providers, link-local (with the clouds' metadata), loopback, multicast,
# and what is no address of anybody.
CLOSED = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/4",
    "240.0.0.0/4",
)
DOCKER_USER = "DOCKER-USER"
NAMESERVICE_PORT = 53


@dataclass(frozen=True)
class Guard:
    """What may leave one agent's bridge."""

    interface: str
    internet: bool
    allow: tuple[Destination, ...]

    @property
    def forward_chain(self) -> str:
        """Of packets that go on to somewhere else."""
        return f"PLANCTON-{self.interface}-FWD"

    @property
    def input_chain(self) -> str:
        """Of packets for the host itself."""
        return f"PLANCTON-{self.interface}-IN"

    @property
    def digest(self) -> str:
        """Tells the agent whether the guard has the configuration that it has itself."""
        described = f"{self.interface} {self.internet} {' '.join(map(str, self.allow))}"
        return hashlib.sha256(described.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Surroundings:
    """The host's resolvers, and the networks that it is in itself, whatever their addresses."""

    nameservers: tuple[str, ...] = ()
    connected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filter:
    """Our part of one firewall: chains with their rules, and from where one comes to which of them."""

    chains: Mapping[str, tuple[str, ...]]
    jumps: tuple[tuple[str, str], ...]
    interface: str

    def jump_to(self, chain: str) -> str:
        """The rule, as iptables prints it."""
        return f"-i {self.interface} -j {chain}"


def guard_of(config: Config) -> Guard | None:
    """None where nothing is to be guarded: no pilot is in the network, or `network.guard` is false."""
    if not kinds_on_it(config) or not config.network.guard:
        return None
    return Guard(interface_of(config.name), config.network.internet, config.network.allow)


def filter_v4(guard: Guard, around: Surroundings, *, docker_user: bool) -> Filter:
    """`docker_user`: whether the engine's chain for others' rules is there.

    From there our rules outlive a restart of the engine, which puts its own chains before all others; from
    FORWARD itself they come before what anybody else has put there.
    """
    opened = tuple(_opened(guard, around))
    closed = (f"-d {network} -j DROP" for network in _closed(around)) if guard.internet else ("-j DROP",)
    chains = {
        guard.forward_chain: (f"-o {guard.interface} -j DROP", *opened, *closed),
        guard.input_chain: (*opened, "-j DROP"),
    }
    return Filter(chains, _jumps(guard, docker_user=docker_user), guard.interface)


def filter_v6(guard: Guard) -> Filter:
    """The bridge has no IPv6, and whoever brings it there comes nowhere."""
    chains = {guard.forward_chain: ("-j DROP",), guard.input_chain: ("-j DROP",)}
    return Filter(chains, _jumps(guard, docker_user=False), guard.interface)


def _jumps(guard: Guard, *, docker_user: bool) -> tuple[tuple[str, str], ...]:
    forward = [("FORWARD", guard.forward_chain), ("INPUT", guard.input_chain)]
    return tuple(forward + ([(DOCKER_USER, guard.forward_chain)] if docker_user else []))


def _opened(guard: Guard, around: Surroundings) -> Iterator[str]:
    if guard.internet:
        for server in around.nameservers:
            yield from _returns(Destination(f"{server}/32", NAMESERVICE_PORT))
    for destination in guard.allow:
        yield from _returns(destination)


def _returns(to: Destination) -> Iterator[str]:
    if to.port is None:
        protocol = "" if to.protocol is None else f" -p {to.protocol}"
        yield f"-d {to.network}{protocol} -j RETURN"
        return
    for protocol in ("tcp", "udp") if to.protocol is None else (to.protocol,):
        yield f"-d {to.network} -p {protocol} -m {protocol} --dport {to.port} -j RETURN"


def _closed(around: Surroundings) -> tuple[str, ...]:
    ranges = [IPv4Network(network) for network in CLOSED]
    others = (n for n in around.connected if not any(IPv4Network(n).subnet_of(r) for r in ranges))
    return (*CLOSED, *others)
