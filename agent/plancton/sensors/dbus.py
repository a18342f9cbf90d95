"""Just enough of D-Bus to read properties: one connection, calls with a deadline, no signals.

The programs for this (busctl, loginctl) cost a process each, the libraries a package on every host.
Wire format: the D-Bus specification, "Message Protocol" and "Authentication Protocol".
"""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

CALL, RETURN, ERROR = 1, 2, 3
PATH, INTERFACE, MEMBER, REPLY_SERIAL, DESTINATION, SIGNATURE = 1, 2, 3, 5, 6, 8
# The fixed part of a header: byte order, kind, flags, version, length of the body, serial, of the fields.
FIXED = "BBBBIII"
FIXED_BYTES = 16
# A property is a few bytes. More than this is not what was asked for.
MOST_BYTES = 65536
DEADLINE_SECONDS = 2.0


class BusError(Exception):
    """The bus or the service did not answer as it should."""


class Bus:
    """A connection to the system's bus. Raises BusError, OSError; it is then of no further use."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(DEADLINE_SECONDS)
            self._socket.connect(str(path))
            self._greet()
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()

    def _greet(self) -> None:
        uid = str(os.geteuid()).encode().hex()
        self._socket.sendall(b"\0AUTH EXTERNAL " + uid.encode() + b"\r\n")
        answer = b""
        while not answer.endswith(b"\r\n"):
            answer += self._some(1)
            if len(answer) > MOST_BYTES:
                raise BusError("the bus does not end its greeting")
        if not answer.startswith(b"OK "):
            raise BusError("the bus does not let the agent in")
        self._socket.sendall(b"BEGIN\r\n")
        bus = "org.freedesktop.DBus"
        self._serial = 0
        self._call("/org/freedesktop/DBus", bus, bus, "Hello")

    def get(self, service: str, path: str, interface: str, name: str) -> bool | int:
        """A property that is a truth value or a number of 64 bits."""
        body = self._call(path, service, "org.freedesktop.DBus.Properties", "Get", interface, name)
        order, body = body[:1].decode(), body[1:]
        try:
            if body[:3] == b"\1b\0":
                return bool(struct.unpack_from(order + "I", body, 4)[0])
            if body[:3] == b"\1t\0":
                return int(struct.unpack_from(order + "Q", body, 8)[0])
        except struct.error:
            raise BusError(f"{name} is cut off") from None
        raise BusError(f"{name} is of another kind than it should be")

    def _call(self, path: str, service: str, interface: str, member: str, *words: str) -> bytes:
        """The body of the answer, after a character for its byte order."""
        self._serial += 1
        self._socket.sendall(message(self._serial, (path, service), interface, member, words))
        while True:
            kind, answers, body = self._receive()
            if answers == self._serial and kind == RETURN:
                return body
            if answers == self._serial and kind == ERROR:
                raise BusError(f"{member} of {path} is refused")

    def _receive(self) -> tuple[int, int, bytes]:
        fixed = self._exactly(FIXED_BYTES)
        order = {b"l": "<", b"B": ">"}.get(fixed[:1])
        if order is None:
            raise BusError("the bus speaks another language")
        _, kind, _, _, body_bytes, _, field_bytes = struct.unpack(order + FIXED, fixed)
        if body_bytes + field_bytes > MOST_BYTES:
            raise BusError("the bus says too much")
        fields = self._exactly(field_bytes + -field_bytes % 8)[:field_bytes]
        return kind, _reply_serial(order, fields), order.encode() + self._exactly(body_bytes)

    def _exactly(self, number: int) -> bytes:
        found = b""
        while len(found) < number:
            found += self._some(number - len(found))
        return found

    def _some(self, most: int) -> bytes:
        found = self._socket.recv(most)
        if not found:
            raise BusError("the bus has hung up")
        return found


def message(
    serial: int, target: tuple[str, str], interface: str, member: str, words: tuple[str, ...]
) -> bytes:
    """A method call with texts for arguments. `target` is a path and the service that has it."""
    path, service = target
    fields = [
        (PATH, "o", path),
        (INTERFACE, "s", interface),
        (MEMBER, "s", member),
        (DESTINATION, "s", service),
    ]
    if words:
        fields.append((SIGNATURE, "g", "s" * len(words)))
    header = b""
    for code, kind, value in fields:
        header += bytes(-len(header) % 8) + bytes([code, 1]) + kind.encode() + b"\0"
        # Signatures have a length of one byte, other texts of four. All end with a zero.
        length = struct.pack("<B" if kind == "g" else "<I", len(value.encode()))
        header += length + value.encode() + b"\0"
    body = b""
    for word in words:
        body += bytes(-len(body) % 4) + struct.pack("<I", len(word.encode())) + word.encode() + b"\0"
    fixed = struct.pack("<" + FIXED, ord("l"), CALL, 0, 1, len(body), serial, len(header))
    return fixed + header + bytes(-len(header) % 8) + body


def _reply_serial(order: str, fields: bytes) -> int:
    """Which call a message answers; 0 for none. Raises BusError."""
    at = 0
    try:
        while at < len(fields):
            at += -at % 8
            code, length = fields[at], fields[at + 1]
            kind = fields[at + 2 : at + 2 + length]
            at += 2 + length + 1
            if kind == b"u":
                at += -at % 4
                value = struct.unpack_from(order + "I", fields, at)[0]
                if code == REPLY_SERIAL:
                    return int(value)
                at += 4
            elif kind == b"g":
                at += 1 + fields[at] + 1
            else:
                at += -at % 4
                at += 4 + struct.unpack_from(order + "I", fields, at)[0] + 1
    except (IndexError, struct.error):
        raise BusError("the bus sends what cannot be understood") from None
    return 0
