"""Basic authentication: a password is hashed once and known from then on, so that a scrape costs nothing."""

from __future__ import annotations

import base64
import hmac
import http
import secrets
import threading
import time
from collections.abc import Callable, Mapping

from plancton.password import decoy, matches

# A client whose password was wrong may try again so much later: each try costs the host 0.3 s of a core.
PAUSE_SECONDS = 5.0
# Who comes from more addresses than these is not one client any more.
MOST_PAUSED = 256

Users = Mapping[str, str]


class Door:
    """Lets those in who know a password. `users`: the hashes by name as they are now; none: everybody."""

    def __init__(self, users: Callable[[], Users], clock: Callable[[], float] = time.monotonic) -> None:
        self._users = users
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._decoy = decoy()
        # By name, the hash that was matched and a proof of what matched it: no password stays in memory.
        self._known: dict[str, tuple[str, bytes]] = {}
        self._paused: dict[str, float] = {}
        self._hashing = threading.Lock()

    def check(self, authorization: str | None, client: str) -> http.HTTPStatus:
        """OK, UNAUTHORIZED or TOO_MANY_REQUESTS for a request's header, from an address."""
        users = self._users()
        if not users:
            return http.HTTPStatus.OK
        given = _credentials(authorization)
        if given is None:
            return http.HTTPStatus.UNAUTHORIZED
        name, password = given
        kept = users.get(name)
        proof = hmac.digest(self._secret, f"{name}:{password}".encode("utf-8", "surrogateescape"), "sha256")
        known_hash, known_proof = self._known.get(name, ("", b""))
        if kept is not None and known_hash == kept and hmac.compare_digest(known_proof, proof):
            return http.HTTPStatus.OK
        # One at a time: each takes 8 MiB, and a hostile client would ask for many. An address that was wrong
        # pauses, so who comes for the first time waits for one hash of every other address at most.
        with self._hashing:
            return self._tried(name, password, kept, proof, client)

    def _tried(
        self, name: str, password: str, kept: str | None, proof: bytes, client: str
    ) -> http.HTTPStatus:
        if self._clock() < self._paused.get(client, float("-inf")):
            return http.HTTPStatus.TOO_MANY_REQUESTS
        # A name that is not there takes as long as one that is.
        if matches(password, kept or self._decoy) and kept is not None:
            self._known[name] = (kept, proof)
            self._paused.pop(client, None)
            return http.HTTPStatus.OK
        if len(self._paused) >= MOST_PAUSED:
            self._paused.pop(next(iter(self._paused)))
        self._paused[client] = self._clock() + PAUSE_SECONDS
        return http.HTTPStatus.UNAUTHORIZED


def _credentials(authorization: str | None) -> tuple[str, str] | None:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (name, password) if colon else None
