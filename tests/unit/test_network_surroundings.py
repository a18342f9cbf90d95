"""Resolvers and connected networks are read from what the kernel and the distributions write."""

from __future__ import annotations

from pathlib import Path

from plancton.network.rules import Surroundings
from plancton.network.surroundings import connected, look, nameservers

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
TABLE = HEAD + (
    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
    "pl-x\t000019AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
    "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    "eth0\t4D6433C6\t0202D50A\t0007\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n"
    "wg0\t00000080\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n"
)


def test_connected_networks_are_those_without_a_gateway() -> None:
    assert connected(TABLE, "pl-x") == ("172.17.0.0/16", "192.0.2.0/24")


def test_a_way_out_of_a_vpn_and_a_default_route_close_nothing() -> None:
    ppp = HEAD + "ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n"
    assert connected(ppp, "pl-x") == ()


def test_resolvers_are_those_that_a_container_can_reach() -> None:
    text = "# x\nsearch example.org\nnameserver 10.0.0.53\nnameserver 127.0.0.53\nnameserver fe80::1%eth0\n"
    assert nameservers(text + "nameserver 10.0.0.53\nnameserver\noptions edns0\n") == ("10.0.0.53",)


def test_behind_a_local_stub_the_servers_that_it_asks_count(tmp_path: Path) -> None:
    etc, resolved, routes = tmp_path / "etc", tmp_path / "resolved", tmp_path / "route"
    routes.write_text(HEAD)
    resolved.write_text("nameserver 192.168.1.1\n")
    assert look("pl-x", etc, resolved, routes) == Surroundings(("192.168.1.1",))
    etc.write_text("nameserver 127.0.0.53\n")
    assert look("pl-x", etc, resolved, routes) == Surroundings(("192.168.1.1",))
    etc.write_text("nameserver 9.9.9.9\n")
    assert look("pl-x", etc, resolved, routes) == Surroundings(("9.9.9.9",))
