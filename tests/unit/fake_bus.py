"""A bus of our own that answers what a test tells it to, on a socket in a temporary directory."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

# An answer to a call, by its serial and its bytes; none hangs up.
Answer = Callable[[int, bytes], bytes | None]
GREETING = b"OK 0123456789abcdef0123456789abcdef\r\n"


class FakeBus:
    """Greets, and then has `answer` say what comes back for each call."""

    def __init__(self, path: Path, answer: Answer, greeting: bytes = GREETING) -> None:
        self.path = path
        self.connections = 0
        self.calls: list[bytes] = []
        self._answer, self._greeting = answer, greeting
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more connections, as a bus that has gone."""
        self._server.close()
        self.path.unlink()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=[client], daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with suppress(ConnectionError), client, client.makefile("rb") as incoming:
            incoming.readline()
            client.sendall(self._greeting)
            incoming.readline()
            while len(fixed := incoming.read(16)) == 16:
                _, body, serial, fields = struct.unpack("<4sIII", fixed)
                call = fixed + incoming.read(fields + -fields % 8 + body)
                self.calls.append(call)
                answer = self._answer(serial, call)
                if answer is None:
                    return
                client.sendall(answer)


def reply(serial: int, body: bytes, signature: str = "v", kind: int = 2) -> bytes:
    """A message that answers a call."""
    fields = b"\x05\x01u\0" + struct.pack("<I", serial)
    fields += b"\x08\x01g\0" + bytes([len(signature)]) + signature.encode() + b"\0"
    fixed = struct.pack("<BBBBIII", ord("l"), kind, 0, 1, len(body), 1, len(fields))
    return fixed + fields + bytes(-len(fields) % 8) + body


def value(of: bool | float) -> bytes:  # noqa: FBT001 - it is the property's own kind
    """A truth value, or seconds as logind tells them: microseconds."""
    if isinstance(of, bool):
        return b"\x01b\0\0" + struct.pack("<I", of)
    return b"\x01t\0" + bytes(5) + struct.pack("<Q", int(of * 1e6))


def properties(told: dict[str, dict[str, bool | float]]) -> Answer:
    """Answers by the session (as its object is named) and the property; what is not told is refused."""

    def answer(serial: int, call: bytes) -> bytes:
        if b"Hello" in call:
            return reply(serial, b"\x04\0\0\0:1.9\0", "s")
        session = re.search(rb"/session/(\w+)\0", call)
        name = re.search(rb"(\w+)\0$", call)
        assert session is not None
        assert name is not None
        found = told.get(session[1].decode(), {}).get(name[1].decode())
        return reply(serial, b"", kind=3) if found is None else reply(serial, value(found))

    return answer
