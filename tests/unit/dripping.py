"""A client that sends one byte at a time, each long before it would count as idle."""

from __future__ import annotations

import socket
import time


def drip(port: int, hello: bytes, patience_seconds: float) -> float:
    """Until the server hangs up, or patience ends. How long that took, in seconds."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=0.05) as sock:
        sock.sendall(hello)
        while time.monotonic() < began + patience_seconds:
            try:
                sock.sendall(b"b")
                assert sock.recv(1) == b""
                break
            except TimeoutError:
                continue
            except OSError:
                break  # it hung up while we spoke
    return time.monotonic() - began
