"""One short HTTP message through a socket, whole by its deadline and not too large: both ends use it."""

from __future__ import annotations

import socket
import time

HEAD_END = b"\r\n\r\n"
PIECE_BYTES = 4096


class Unread(Exception):
    """The message did not come as it should. The message of this is a sentence."""


def receive(connection: socket.socket, deadline: float, most_bytes: int, *, head_only: bool = False) -> bytes:
    """All that comes until the other end closes, or until a head is over. `deadline` is monotonic.

    Raises Unread, OSError. A timeout of the socket alone would be renewed with each byte that drips in.
    """
    found = b""
    while not (head_only and HEAD_END in found):
        left = deadline - time.monotonic()
        if left <= 0:
            raise Unread("it takes too long")
        connection.settimeout(left)
        try:
            piece = connection.recv(PIECE_BYTES)
        except TimeoutError:
            raise Unread("it takes too long") from None
        if not piece:
            break
        found += piece
        if len(found) > most_bytes:
            raise Unread(f"it sends more than {most_bytes} bytes")
    return found


def answer_of(message: bytes) -> tuple[int, bytes]:
    """The status and the body of a whole answer. Raises Unread."""
    head, end, body = message.partition(HEAD_END)
    words = head.split(b"\r\n")[0].split(None, 2)
    if not end or len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():  # noqa: PLR2004
        raise Unread("what answers does not speak HTTP")
    return int(words[1][:4]), body
