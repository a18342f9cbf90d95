"""The container engine's own HTTP over its socket, with nothing but the standard library.

Runs on the host before anything of ours is installed there, so it needs neither a command line nor a package.
"""

from __future__ import annotations

import http.client
import json
import socket
from typing import IO, Any
from urllib.parse import quote

FAILED = 300
# An import of a quarter of a gigabyte onto a slow disk.
ANSWER_SECONDS = 600


class Engine(http.client.HTTPConnection):
    """One engine; what it refuses becomes a sentence."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self.path = path

    def connect(self) -> None:
        """Go to the socket, where the base class would go to a host."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

    def ask(self, verb: str, target: str, body: Any = None, fine: tuple[int, ...] = ()) -> Any:
        """Return the decoded answer, or None where its status is one of ``fine``."""
        text = self._exchange(verb, target, json.dumps(body), "application/json", fine)
        return None if text is None else json.loads(text) if text.strip() else {}

    def send_tar(self, target: str, archive: IO[bytes]) -> list[dict]:
        """Post an archive; returns the lines of progress."""
        text = self._exchange("POST", target, archive, "application/x-tar", ())
        lines = [json.loads(line) for line in (text or b"").splitlines() if line.strip()]
        for line in lines:  # a failure on the way comes with status 200
            if "error" in line:
                raise SystemExit(f"the engine refused {target.partition('?')[0]}: {line['error']}")
        return lines

    def image(self, name: str) -> dict | None:
        """What the engine knows of an image, or None where there is none."""
        found: dict | None = self.ask("GET", f"/images/{quote(name)}/json", fine=(404,))
        return found

    def _exchange(
        self, verb: str, target: str, body: Any, kind: str, fine: tuple[int, ...]
    ) -> bytes | None:
        self.request(verb, target, body, {"Content-Type": kind, **_length(body)})
        answer = self.getresponse()
        text = answer.read()
        self.close()
        if answer.status in fine:
            return None
        if answer.status >= FAILED:
            told = text.decode(errors="replace").strip()
            raise SystemExit(f"the engine refused {verb} {target.partition('?')[0]}: {told}")
        return text


def _length(body: Any) -> dict[str, str]:
    """The size of a file that is sent as it is; of all else the base class knows it."""
    if not hasattr(body, "fileno"):
        return {}
    body.seek(0, 2)
    size = body.tell()
    body.seek(0)
    return {"Content-Length": str(size)}


def labels(image: dict | None) -> dict[str, str]:
    """The labels of an image that may not be there."""
    return ((image or {}).get("Config") or {}).get("Labels") or {}
