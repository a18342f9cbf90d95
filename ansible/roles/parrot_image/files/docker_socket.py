"""The container engine's own HTTP over its socket, with the standard library alone."""

from __future__ import annotations

import http.client
import io
import json
import socket
from typing import Any

FAILED = 300
ANSWER_SECONDS = 600


class Engine:
    """One engine; what it refuses becomes a sentence."""

    def __init__(self, path: str) -> None:
        self._path = path

    def ask(self, verb: str, target: str, body: Any = None) -> bytes:
        """The answer as it comes. `body` is a tar archive, or what becomes JSON."""
        status, answer = self._exchange(verb, target, body)
        if status >= FAILED and status != http.client.NOT_MODIFIED:
            told = answer.decode(errors="replace").strip()
            raise SystemExit(f"the engine refused {verb} {target.partition('?')[0]}: {told}")
        return answer

    def image(self, name: str) -> dict[str, Any] | None:
        """What the engine knows of an image, None where there is none."""
        status, answer = self._exchange("GET", f"/images/{name}/json", None)
        return dict(json.loads(answer)) if status < FAILED else None

    def _exchange(self, verb: str, target: str, body: Any) -> tuple[int, bytes]:
        archive = isinstance(body, io.BytesIO)
        content = body.getvalue() if archive else b"" if body is None else json.dumps(body).encode()
        kind = "application/x-tar" if archive else "application/json"
        connection = http.client.HTTPConnection("localhost", timeout=ANSWER_SECONDS)
        connection.sock = socket.socket(socket.AF_UNIX)
        try:
            connection.sock.settimeout(ANSWER_SECONDS)
            connection.sock.connect(self._path)
            connection.request(verb, target, content, {"Content-Type": kind})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
