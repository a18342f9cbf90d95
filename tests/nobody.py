"""Doing something as a user without rights, whoever runs the tests."""

from __future__ import annotations

import os
from collections.abc import Callable

NOBODY = 65534


def as_nobody(ask: Callable[[], str]) -> str:
    """What `ask` says when a user without rights asks.

    Root becomes one in a process of its own. All that `ask` imports must have been imported before:
    nobody may not read it.
    """
    if os.geteuid() != 0:
        return ask()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        said = b"it raised something"
        try:
            said = ask().encode()
        finally:
            os.write(writing, said)
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(child, 0)
    return answer
