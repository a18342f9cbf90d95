#!/usr/bin/env python3
"""The facility's own small certificate authority, on the control node.

Makes the authority where there is none, and a certificate with its key in one file. Repeating it changes
nothing until the addresses differ, the authority is another one, or less than a third of the certificate's
life is left. Prints one line of JSON: `changed`, the certificate's `file`, whether it is the `first` that was
made for that name, and `ca`, the file to be trusted.

With `--look` nothing is made: it prints, by name, the digests of `file` and `ca` as they are to be on a host,
empty where a certificate is missing or due.

With `--change begin` another authority takes its place; the former one, which can sign nothing any more, is
trusted beside it until `--change end`.

It needs cryptography, which Ansible itself needs.
"""

from __future__ import annotations

import argparse
import datetime
import fcntl
import hashlib
import ipaddress
import json
import os
import re
import sys
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

USES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}
AUTHORITY_DAYS = 3650
# Clocks differ, and a certificate must hold at once everywhere.
BEFORE = datetime.timedelta(hours=1)
LONGEST_COMMON_NAME = 64


def now() -> datetime.datetime:
    """The time, as certificates have it."""
    return datetime.datetime.now(datetime.timezone.utc)


def subject(name: str) -> x509.Name:
    """A name with nothing but a common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:LONGEST_COMMON_NAME])])


def alternative(address: str) -> x509.GeneralName:
    """An IP address or a host name. Raises ValueError."""
    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def unsigned(name: x509.Name, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
    """What both kinds have in common."""
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - BEFORE)
        .not_valid_after(now() + datetime.timedelta(days=days))
    )


def usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """What a key may be used for."""
    others = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        **others,
    )


class Authority:
    """Its key and certificate are one file, which only its owner can read."""

    def __init__(self, directory: Path) -> None:
        self.directory, self._file, self.ca = directory, directory / "authority.pem", directory / "ca.pem"
        self._former = directory / "former.pem"
        content = self._file.read_bytes() if self._file.exists() else self._make()
        key = serialization.load_pem_private_key(content, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise SystemExit(f"{self._file}: its key is not one that was made here")
        self._key, self.certificate = key, x509.load_pem_x509_certificate(content)
        public = pem(self.certificate)
        if self._former.exists():
            public += self._former.read_bytes()
        if not self.ca.exists() or self.ca.read_bytes() != public:
            write(self.ca, public)

    def _make(self) -> bytes:
        key, name = ec.generate_private_key(ec.SECP256R1()), subject("Plancton authority")
        certificate = (
            unsigned(name, key, AUTHORITY_DAYS)
            .issuer_name(name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        write(self._file, secret(key) + pem(certificate))
        return self._file.read_bytes()

    def replaced(self) -> Authority:
        """Another one in its place; itself where it has just taken the place of a former one."""
        own = pem(self.certificate)
        if self._former.exists() and self._former.read_bytes() != own:
            return self
        write(self._former, own)
        self._make()
        return Authority(self.directory)

    def alone(self) -> Authority:
        """The one that is trusted, and no former one any more."""
        self._former.unlink(missing_ok=True)
        return Authority(self.directory)

    def sign(self, name: str, use: str, addresses: list[str], days: int) -> bytes:
        """A new key and its certificate."""
        if now() + datetime.timedelta(days=days) > self.certificate.not_valid_after_utc:
            raise SystemExit(
                f"the authority in {self.directory} ends on {self.certificate.not_valid_after_utc:%Y-%m-%d}, "
                f"before a certificate of {days} days: `make rotate KEYS=true` makes another"
            )
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        names = x509.SubjectAlternativeName([alternative(address) for address in addresses])
        certificate = (
            unsigned(subject(name), key, days)
            .issuer_name(self.certificate.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([USES[use]]), critical=False)
            .add_extension(names, critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return secret(key) + pem(certificate)

    def is_due(self, content: bytes, addresses: list[str]) -> bool:
        """Whether a certificate of ours has to be made anew."""
        try:
            found = x509.load_pem_x509_certificate(content)
            found.verify_directly_issued_by(self.certificate)
            names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            return True
        life = found.not_valid_after_utc - found.not_valid_before_utc
        wanted = {alternative(address) for address in addresses}
        return found.not_valid_after_utc - now() < life / 3 or set(names) != wanted


def pem(certificate: x509.Certificate) -> bytes:
    """As a file has it."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def secret(key: ec.EllipticCurvePrivateKey) -> bytes:
    """As a file has it, without a password."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def write(path: Path, content: bytes) -> None:
    """In one step, and for its owner alone from the first byte on."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    draft.replace(path)


def options() -> argparse.Namespace:
    """What the role says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--change", choices=["begin", "end"], help="the authority itself, and no certificate")
    parser.add_argument("--look", type=json.loads, help="many at once: name → addresses")
    parser.add_argument("--name", default="-")
    parser.add_argument("--use", choices=sorted(USES), default="server")
    parser.add_argument("--address", action="append", default=[])
    parser.add_argument("--days", type=int, default=AUTHORITY_DAYS)
    parser.add_argument("--renew", action="store_true", help="make it anew whatever is there")
    parser.add_argument("--check", action="store_true", help="say only whether something would be made")
    return parser.parse_args()


def changed_authority(given: argparse.Namespace) -> bool:
    """Begin or end the change of the authority; whether there was something to do."""
    former = given.directory / "former.pem"
    if given.check or not (given.directory / "authority.pem").exists():
        return bool(given.check) and former.exists() is (given.change == "end")
    before = former.exists()
    authority = Authority(given.directory)
    authority.replaced() if given.change == "begin" else authority.alone()
    return former.exists() is not before


def made(given: argparse.Namespace, file: Path) -> bool:
    """Make what is missing or due; whether there was something."""
    if given.change:
        return changed_authority(given)
    if given.check and not file.exists():
        return True
    authority = Authority(given.directory)
    if not given.renew and file.exists() and not authority.is_due(file.read_bytes(), given.address):
        return False
    if not given.check:
        write(file, authority.sign(given.name, given.use, given.address, given.days))
    return True


def looked(given: argparse.Namespace) -> dict[str, dict[str, str]]:
    """Of each name the digests of what is to be on its host."""
    there = (given.directory / "authority.pem").exists()
    authority = Authority(given.directory) if there else None
    told = {}
    for name, addresses in given.look.items():
        file = given.directory / f"{given.use}-{name}.pem"
        fits = authority and file.exists() and not authority.is_due(file.read_bytes(), addresses)
        told[name] = {
            "file": digest(file) if fits and not given.renew else "",
            "ca": digest(authority.ca) if authority else "",
        }
    return told


def digest(file: Path) -> str:
    """Of its contents."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main() -> int:
    """Under a lock: a fleet asks for many certificates at once."""
    given = options()
    if given.look is not None:
        print(json.dumps(looked(given)))
        return 0
    if not re.fullmatch(r"[\w.:-]+", given.name):
        raise SystemExit(f"{given.name!r} is no name for a file")
    if not given.change and not given.address:
        raise SystemExit(f"{given.name}: no certificate without --address")
    if given.days < 1:
        raise SystemExit(f"authority_days must be 1 or more, not {given.days}")
    file = given.directory / f"{given.use}-{given.name}.pem"
    changed, first = True, not (given.check or file.exists())
    if not given.check or given.directory.exists():
        given.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Keys have no place in a repository, which an inventory often is in.
        (given.directory / ".gitignore").write_text("*\n")
        with (given.directory / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                changed = made(given, file)
            except ValueError as error:
                raise SystemExit(
                    f"{given.name}: no certificate for {', '.join(given.address)}: {error}"
                ) from None
    ca = given.directory / "ca.pem"
    print(json.dumps({"changed": changed, "first": first, "file": str(file), "ca": str(ca)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
