"""The section `network`: what is read, and what is refused in one sentence."""

from __future__ import annotations

import pytest

from plancton.config.destinations import Destination
from plancton.config.load import ConfigError, parse


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("192.168.1.5", Destination("192.168.1.5/32")),
        ("192.168.1.5:9618", Destination("192.168.1.5/32", 9618)),
        ("192.168.1.5:9618/tcp", Destination("192.168.1.5/32", 9618, "tcp")),
        ("10.1.0.0/16", Destination("10.1.0.0/16")),
        ("10.1.0.0/16:53/udp", Destination("10.1.0.0/16", 53, "udp")),
        ("10.1.0.0/16/tcp", Destination("10.1.0.0/16", None, "tcp")),
    ],
)
def test_destinations(written: str, read: Destination) -> None:
    config = parse(f"network: {{allow: ['{written}']}}", "f")
    assert config.network.allow == (read,)
    assert parse(f"network: {{allow: ['{read}']}}", "f").network.allow == (read,)


@pytest.mark.parametrize(
    "written",
    [
        "pool.example.org",
        "10.1.2.3/16",
        "10.1.2.3.4",
        "256.1.1.1",
        "10.0.0.1:0",
        "10.0.0.1:65536",
        "10.0.0.1/33",
        "10.0.0.1:80/sctp",
        "10.0.0.1 -j ACCEPT",
        "fd00::1",
        "",
    ],
)
def test_what_is_no_destination_is_refused_with_its_place(written: str) -> None:
    with pytest.raises(ConfigError, match=r"^f:1: network\.allow has an unfit element 1: it must"):
        parse(f"network: {{allow: ['{written}']}}", "f")


@pytest.mark.parametrize("written", ["172.31.0.0/30", "172.31.0.1/24", "here", "7"])
def test_what_is_no_subnet_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match=r"^f:1: network\.subnet must be a network such as"):
        parse(f"network: {{subnet: {written}}}", "f")


def test_a_subnet() -> None:
    assert parse("network: {subnet: 172.31.0.0/24}", "f").network.subnet == "172.31.0.0/24"
    assert parse("{}", "f").network.subnet is None
