"""What strangers in the network could read of an agent is told, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plancton.config.access import exposure
from plancton.config.schema import Web
from plancton.password import hashed

EVERYWHERE, HERE = ":10016", "127.0.0.1:10016"
TLS = Web(tls_certificate_file="/a", tls_key_file="/a")
USERS = (("prometheus", hashed("word")),)


@pytest.mark.parametrize(
    ("web", "says"),
    [
        (Web(), "anybody in the network can read all: web.listen_address is :10016 without TLS"),
        (TLS, "anybody in the network can read all: no client needs a certificate or a password"),
        (
            Web(basic_auth_users=USERS),
            "passwords cross the network in the clear: web.listen_address is :10016 without TLS",
        ),
        (replace(TLS, basic_auth_users=USERS), None),
        (replace(TLS, tls_client_ca_file="/b"), None),
    ],
)
def test_an_address_of_the_network(web: Web, says: str | None) -> None:
    assert exposure(web, EVERYWHERE) == says


@pytest.mark.parametrize("address", [HERE, "127.8.9.1:1", "localhost:1", "[::1]:1"])
def test_the_loopback_is_the_host_s_own(address: str) -> None:
    assert exposure(Web(), address) is None


@pytest.mark.parametrize("address", ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "127.example.org:1"])
def test_others_are_not(address: str) -> None:
    assert exposure(Web(), address) is not None
