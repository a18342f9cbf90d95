"""The certificate of a monitor, with which the control node, too, may ask agents behind TLS."""

from __future__ import annotations

import ssl
from pathlib import Path

from plancton.facility.inventory import BadInventory


def context_of(authority: Path) -> ssl.SSLContext | None:
    """Of the directory in which the roles keep what they make; None where it has none that we may read.

    Raises BadInventory.
    """
    found = sorted(authority.glob("client-*.pem"))
    if not found:
        return None
    try:
        context = ssl.create_default_context(cafile=str(authority / "ca.pem"))
        context.load_cert_chain(found[0])
    except OSError as error:  # also those of TLS itself
        raise BadInventory(f"--inventory: the certificates in {authority} are of no use: {error}") from None
    return context
