"""Who may ask the agent over the network: the kinds of values of it, and what leaves a door open."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any

from plancton.config.values import Kind, Unfit
from plancton.password import is_hash

if TYPE_CHECKING:
    from plancton.config.schema import Web

LOOPBACK = re.compile(r"127(\.\d+){3}|localhost|\[::1\]")
CALLED = "a hash of a password, as `plancton hash-password` makes it"


class TlsVersion(Enum):
    """As exporters of Prometheus call them."""

    TLS12 = "TLS12"
    TLS13 = "TLS13"


def password_hash() -> Kind:
    """A hash. What is none is not quoted: it may be the password itself, and messages are logged."""

    def read(raw: Any) -> str:
        if not isinstance(raw, str) or not is_hash(raw):
            raise Unfit(f"must be {CALLED}")
        return raw

    return Kind(read, CALLED)


def is_loopback(listen_address: str) -> bool:
    """Whether HOST:PORT can be reached from its own host only."""
    return LOOPBACK.fullmatch(listen_address.rpartition(":")[0]) is not None


def exposure(web: Web, listen_address: str) -> str | None:
    """What strangers can read at that address, or None where it is nothing."""
    if is_loopback(listen_address):
        return None
    tls = web.tls_certificate_file is not None
    if not tls and web.basic_auth_users:
        return f"passwords cross the network in the clear: web.listen_address is {listen_address} without TLS"
    if not tls:
        return f"anybody in the network can read all: web.listen_address is {listen_address} without TLS"
    if web.tls_client_ca_file is None and not web.basic_auth_users:
        return "anybody in the network can read all: no client needs a certificate or a password"
    return None
