"""Authorities and certificates of a test's own, as files."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


@dataclass(frozen=True)
class Files:
    """A certificate with its key."""

    certificate: Path
    key: Path


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Authority:
    """Signs what it is asked to; its own certificate is `file`."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory, self._name = directory, _named(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file = directory / f"{name}.pem"
        usage = x509.BasicConstraints(ca=True, path_length=None)
        signed = self._unsigned(self._name, self._key.public_key(), 0.0, 10.0)
        content = signed.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.file.write_bytes(content.public_bytes(serialization.Encoding.PEM))

    def sign(
        self,
        name: str,
        usage: x509.ObjectIdentifier,
        *,
        begins_days: float = -1.0,
        ends_days: float = 1.0,
    ) -> Files:
        """A new key and its certificate, valid from and until so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        request = self._unsigned(_named(name), key.public_key(), begins_days, ends_days)
        request = request.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        request = request.add_extension(x509.SubjectAlternativeName([LOOPBACK]), critical=False)
        content = request.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        files = Files(self._directory / f"{name}.pem", self._directory / f"{name}.key")
        files.certificate.write_bytes(content)
        pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        files.key.write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
        return files

    def _unsigned(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, begins_days: float, ends_days: float
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=begins_days - 0.01))
            .not_valid_after(now + datetime.timedelta(days=ends_days))
        )
