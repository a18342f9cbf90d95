"""Passwords as they are kept: scrypt, written as the PHC string `$scrypt$ln=13,r=8,p=10$SALT$HASH`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

# 8 MiB and some 0.3 s of one core: as dear to guess as OWASP asks for, and bearable on a donated host.
LOG2_N, BLOCK_SIZE, PARALLEL = 13, 8, 10
SALT_BYTES, HASH_BYTES = 16, 32
# A hash from elsewhere may not ask for more: each first login costs that much memory.
MOST_MEMORY_BYTES = 32 * 1024**2
MOST_PARALLEL = 16
WRITTEN = re.compile(
    r"\$scrypt\$ln=([1-9]\d?),r=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})"
)


def hashed(password: str) -> str:
    """The password as a configuration keeps it."""
    salt = secrets.token_bytes(SALT_BYTES)
    return _written(salt, _scrypt(password, salt, LOG2_N, BLOCK_SIZE, PARALLEL))


def decoy() -> str:
    """A hash that no password has. To check it takes as long as to check another."""
    return _written(secrets.token_bytes(SALT_BYTES), secrets.token_bytes(HASH_BYTES))


def is_hash(kept: str) -> bool:
    """Whether it is one that `matches` can check within its bounds."""
    found = WRITTEN.fullmatch(kept)
    if found is None:
        return False
    log2_n, block_size, parallel = int(found[1]), int(found[2]), int(found[3])
    affordable = 128 * block_size * 2**log2_n <= MOST_MEMORY_BYTES and parallel <= MOST_PARALLEL
    # scrypt's own bound, and a length that base64 can have.
    return affordable and log2_n < 16 * block_size and len(found[4]) % 4 != 1


def matches(password: str, kept: str) -> bool:
    """Whether `kept`, an `is_hash`, is of this password; compared in constant time."""
    found = WRITTEN.fullmatch(kept)
    if found is None:
        return False
    parameters = int(found[1]), int(found[2]), int(found[3])
    return hmac.compare_digest(_scrypt(password, _bytes(found[4]), *parameters), _bytes(found[5]))


def _scrypt(password: str, salt: bytes, log2_n: int, block_size: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogateescape"),
        salt=salt,
        n=2**log2_n,
        r=block_size,
        p=parallel,
        maxmem=2 * MOST_MEMORY_BYTES,
        dklen=HASH_BYTES,
    )


def _written(salt: bytes, digest: bytes) -> str:
    return f"$scrypt$ln={LOG2_N},r={BLOCK_SIZE},p={PARALLEL}${_text(salt)}${_text(digest)}"


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
