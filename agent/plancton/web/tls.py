"""TLS for the web server. Imported only where it is configured: it costs memory."""

from __future__ import annotations

import logging
import ssl
import threading
from pathlib import Path
from socket import socket

from plancton.config.access import TlsVersion
from plancton.config.schema import Web
from plancton.web.certificate import expiry

log = logging.getLogger(__name__)

VERSIONS = {TlsVersion.TLS12: ssl.TLSVersion.TLSv1_2, TlsVersion.TLS13: ssl.TLSVersion.TLSv1_3}
Marks = tuple[tuple[int, int, int] | None, ...]


class BadCertificate(Exception):
    """A certificate, key or authority cannot be used. The message is one sentence that names the key."""


class Tls:
    """The certificate in force; the files are looked at with each connection."""

    def __init__(self, web: Web) -> None:
        """Read the files. Raises BadCertificate."""
        self._web = web
        self._reading = threading.Lock()
        self._marks = self._look()
        self._context, self._expires_at = self._read()
        self._fresh = True

    def wrap(self, connection: socket) -> ssl.SSLSocket:
        """The connection with TLS; its handshake is the caller's to make, in a thread of the client's own."""
        self._refresh()
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)

    def certificate(self) -> tuple[float, bool]:
        """Unix time at which the one in force ends, and whether the files have nothing else by now."""
        self._refresh()
        return self._expires_at, self._fresh

    def _refresh(self) -> None:
        with self._reading:
            marks = self._look()
            if marks == self._marks:
                return
            self._marks = marks
            try:
                self._context, self._expires_at = self._read()
            except BadCertificate as error:
                self._fresh = False
                log.error("the certificate in force is kept: %s", error)  # noqa: TRY400 - a sentence, no trace
            else:
                self._fresh = True
                log.info("certificate read from %s", self._web.tls_certificate_file)

    def _files(self) -> dict[str, str]:
        keys = ("tls_certificate_file", "tls_key_file", "tls_client_ca_file")
        return {key: path for key in keys if (path := getattr(self._web, key)) is not None}

    def _look(self) -> Marks:
        return tuple(_mark(Path(path)) for path in self._files().values())

    def _read(self) -> tuple[ssl.SSLContext, float]:
        files = self._files()
        contents = {key: _content(key, path) for key, path in files.items()}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = VERSIONS[self._web.tls_min_version]
        # A resumed session would let in whose certificate has run out meanwhile.
        context.num_tickets = 0
        context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
        certificate, key = files["tls_certificate_file"], files["tls_key_file"]
        try:
            expires_at = expiry(contents["tls_certificate_file"])
            # A password would be asked for on the terminal; none is right for an encrypted key.
            context.load_cert_chain(certificate, key, password="")
        except (OSError, ValueError) as error:
            raise BadCertificate(_told(certificate, key, error)) from None
        if "tls_client_ca_file" in files:
            _trust(context, files["tls_client_ca_file"])
        return context, expires_at


def _trust(context: ssl.SSLContext, path: str) -> None:
    try:
        context.load_verify_locations(path)
    except OSError as error:
        why = getattr(error, "reason", None) or error
        raise BadCertificate(f"web.tls_client_ca_file: {path} has no certificate to trust: {why}") from None
    context.verify_mode = ssl.CERT_REQUIRED


def _content(key: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadCertificate(f"web.{key}: {path} cannot be read: {error.strerror}") from None


def _told(certificate: str, key: str, error: Exception) -> str:
    reason = getattr(error, "reason", None)
    if reason == "KEY_VALUES_MISMATCH":
        return f"web.tls_key_file: {key} is not the key of {certificate}"
    if isinstance(error, ValueError):
        return f"web.tls_certificate_file: {certificate}: {error}"
    return f"web.tls_key_file: {key} and {certificate} cannot be used together: {reason or error}"


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns, about.st_size
