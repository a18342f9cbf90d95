"""When a certificate ends. The standard library shows that of peers only, and its own not at all."""

from __future__ import annotations

import base64
import calendar
import re
from collections.abc import Iterator

BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
# Tags of DER (X.690), as far as they are on the way: RFC 5280, section 4.1.
VERSION, UTC_TIME, GENERALIZED_TIME = 0xA0, 0x17, 0x18
LONG_FORM = 0x80
# The serial number, the algorithm and the issuer come before it.
VALIDITY = 3
PIVOT_YEAR = 50


def expiry(pem: bytes) -> float:
    """Unix time at which the first certificate in it ends. Raises ValueError."""
    block = BLOCK.search(pem)
    if block is None:
        raise ValueError("it has no certificate")
    try:
        _, certificate = next(_elements(base64.b64decode(block[1])))
        _, signed = next(_elements(certificate))
        fields = [content for tag, content in _elements(signed) if tag != VERSION]
        _, (tag, ends) = _elements(fields[VALIDITY])
        return _moment(tag, ends.decode("ascii"))
    except (ValueError, LookupError, StopIteration) as error:
        raise ValueError(f"its certificate cannot be read: {error}") from None


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, content) of what stands one after the other."""
    while content:
        tag, length, begin = content[0], content[1], 2
        if length >= LONG_FORM:
            begin = 2 + length - LONG_FORM
            length = int.from_bytes(content[2:begin], "big")
        yield tag, content[begin : begin + length]
        content = content[begin + length :]


def _moment(tag: int, written: str) -> float:
    if tag == UTC_TIME:
        written = ("20" if int(written[:2]) < PIVOT_YEAR else "19") + written
    elif tag != GENERALIZED_TIME:
        raise ValueError(f"a time of the kind {tag:#x}")
    parts = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z", written)
    if parts is None:
        raise ValueError(f"a time such as {written!r}")
    return float(calendar.timegm(tuple(int(part) for part in parts.groups())))
