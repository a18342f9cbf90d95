"""TLS on real sockets of the loopback: who is let in, who freezes nobody, and new certificates."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from socketserver import TCPServer

import pytest
from cryptography import x509

from plancton.config.schema import Web
from plancton.web.certificate import expiry
from plancton.web.places import Places
from plancton.web.server import close, listen_tcp
from plancton.web.tls import BadCertificate, Tls
from tests.certificates import CLIENT, SERVER, Authority, Files
from tests.unit.dripping import drip
from tests.unit.reports import report_of
from tests.unit.test_web import app_of

PATIENCE = 60.0


class Facility:
    """An agent's web server with a certificate of `ours`, which asks for one of `ours`, too."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ours, self.theirs = Authority(directory, "ours"), Authority(directory, "theirs")
        self.own = self.ours.sign("agent", SERVER)
        self.tls = Tls(web(self.own, self.ours))
        server = listen_tcp(app_of(report_of()), "127.0.0.1:0", tls=self.tls)
        assert isinstance(server, TCPServer)
        self.server, self.port = server, int(server.server_address[1])

    def client(self, shown: Files | None, trusted: Authority | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str((trusted or self.ours).file))
        if shown is not None:
            context.load_cert_chain(shown.certificate, shown.key)
        return context

    def ask(self, shown: Files | None, trusted: Authority | None = None) -> tuple[int, bytes]:
        """(status, body). Raises OSError where the connection is refused."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=PATIENCE, context=self.client(shown, trusted)
        )
        try:
            connection.request("GET", "/metrics")
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def web(own: Files, clients: Authority | None) -> Web:
    return Web(
        tls_certificate_file=str(own.certificate),
        tls_key_file=str(own.key),
        tls_client_ca_file=None if clients is None else str(clients.file),
    )


@pytest.fixture
def facility(tmp_path: Path) -> Iterator[Facility]:
    facility = Facility(tmp_path)
    yield facility
    close(facility.server)


def test_a_client_with_a_certificate_of_ours_is_answered(facility: Facility) -> None:
    status, body = facility.ask(facility.ours.sign("prometheus", CLIENT))
    assert (status, body.startswith(b"# HELP")) == (200, True)


def refusals(facility: Facility) -> dict[str, Files | None]:
    return {
        "none": None,
        "of another authority": facility.theirs.sign("stranger", CLIENT),
        "expired": facility.ours.sign("late", CLIENT, begins_days=-3.0, ends_days=-1.0),
        "not valid yet": facility.ours.sign("early", CLIENT, begins_days=1.0, ends_days=2.0),
        "of a donor": facility.ours.sign("donor", SERVER),
    }


@pytest.mark.parametrize("shown", ["none", "of another authority", "expired", "not valid yet", "of a donor"])
def test_a_client_with_another_certificate_or_none_is_refused(facility: Facility, shown: str) -> None:
    with pytest.raises((OSError, http.client.HTTPException)):
        facility.ask(refusals(facility)[shown])
    assert facility.ask(facility.ours.sign("prometheus", CLIENT))[0] == 200


def test_a_client_can_tell_the_agent_from_an_impostor(facility: Facility) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        facility.ask(facility.ours.sign("prometheus", CLIENT), trusted=facility.theirs)


def test_plain_http_and_an_older_tls_are_refused(facility: Facility) -> None:
    with socket.create_connection(("127.0.0.1", facility.port), timeout=PATIENCE) as sock:
        sock.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        with suppress(ConnectionError):
            assert b"plancton_" not in b"".join(iter(lambda: sock.recv(65536), b""))
    old = facility.client(facility.ours.sign("prometheus", CLIENT))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    sock = socket.create_connection(("127.0.0.1", facility.port), timeout=PATIENCE)
    with sock, pytest.raises(ssl.SSLError):
        old.wrap_socket(sock, server_hostname="127.0.0.1")


def test_silent_clients_do_not_hold_up_a_scrape(facility: Facility) -> None:
    shown = facility.ours.sign("prometheus", CLIENT)
    with ExitStack() as idle:
        for _ in range(200):
            idle.enter_context(socket.create_connection(("127.0.0.1", facility.port), timeout=PATIENCE))
        assert facility.ask(shown)[0] == 200


def test_a_handshake_that_drips_in_is_given_up(facility: Facility, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facility.server, "handshake_seconds", 0.5)
    hello = b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03"  # of 16 KiB
    assert 0.4 < drip(facility.port, hello, PATIENCE) < PATIENCE


def test_who_was_sent_away_while_tls_took_its_socket_over_is_gone() -> None:
    places = Places(1)
    (first, far), (second, _) = socket.socketpair(), socket.socketpair()
    place = places.take(first, "192.0.2.1")
    assert place is not None
    assert places.take(second, "192.0.2.2") is not None
    taken = socket.socket(fileno=first.detach())
    places.secure(place, taken)
    assert far.recv(1) == b""


def test_a_new_certificate_is_taken_in_and_a_bad_one_is_not(
    facility: Facility, caplog: pytest.LogCaptureFixture
) -> None:
    shown, first = facility.ours.sign("prometheus", CLIENT), facility.tls.certificate()
    facility.own.key.write_text("no key")
    assert facility.ask(shown)[0] == 200
    assert facility.tls.certificate() == (first[0], False)
    assert "the certificate in force is kept: web.tls_key_file: " in caplog.text
    facility.ours.sign("agent", SERVER, ends_days=5.0)
    assert facility.ask(shown)[0] == 200
    expires_at, fresh = facility.tls.certificate()
    assert fresh
    assert expires_at > first[0] + 3 * 86400


def test_an_authority_that_is_taken_away_lets_nobody_in_any_more(facility: Facility) -> None:
    shown = facility.ours.sign("prometheus", CLIENT)
    assert facility.ask(shown)[0] == 200
    facility.ours.file.write_bytes(facility.theirs.file.read_bytes())
    with pytest.raises((OSError, http.client.HTTPException)):
        facility.ask(shown, trusted=Authority(facility.directory, "third"))
    assert facility.tls.certificate()[1]


def test_the_end_is_that_of_the_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ours")
    for days in (1.0, 9999.0, 40000.0):  # the last is beyond 2049, where certificates write years in full
        content = authority.sign("agent", SERVER, ends_days=days).certificate.read_bytes()
        assert expiry(content) == x509.load_pem_x509_certificate(content).not_valid_after_utc.timestamp()


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_has_no_end(content: bytes) -> None:
    with pytest.raises(ValueError, match="certificate"):
        expiry(content)


def test_files_that_cannot_be_used_are_named_with_their_key(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ours")
    one, other = authority.sign("one", SERVER), authority.sign("other", SERVER)
    for own, clients, says in (
        (Files(tmp_path / "absent", one.key), None, "web.tls_certificate_file: .*absent cannot be read"),
        (Files(one.certificate, other.key), None, "web.tls_key_file: .*other.key is not the key of .*one"),
        (Files(one.key, one.key), None, "web.tls_certificate_file: .*has no certificate"),
    ):
        with pytest.raises(BadCertificate, match=says):
            Tls(web(own, clients))
    authority.file.write_text("")
    with pytest.raises(BadCertificate, match=r"web.tls_client_ca_file: .* has no certificate to trust"):
        Tls(web(one, authority))
