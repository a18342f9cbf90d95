"""Waiting for something that is about to be true, with a deadline and a sentence."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    what: str | Callable[[], str], look: Callable[[], T | None], seconds: float, pause: float = 0.1
) -> T:
    """The first value that is neither None nor False. Fails with what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() >= deadline:
            raise AssertionError(
                f"waited {seconds:g} s in vain for: {what if isinstance(what, str) else what()}"
            )
        time.sleep(pause)


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
