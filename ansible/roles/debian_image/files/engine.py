"""The container engine's own HTTP over its socket, with nothing but the standard library.

Runs on the host before anything of ours is installed there, so it needs neither a command line nor a package.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
from typing import IO, Any
from urllib.parse import quote

FAILED = 300
STDOUT, STDERR = 1, 2
HEADER = 8
PIECE = 1 << 20
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

    def post(self, target: str, archive: IO[bytes] | None = None) -> list[dict]:
        """Post an archive, or nothing; returns the lines of progress."""
        text = self._exchange("POST", target, archive, "application/x-tar", ())
        lines = [json.loads(line) for line in (text or b"").splitlines() if line.strip()]
        for line in lines:  # a failure on the way comes with status 200
            if "error" in line:
                raise SystemExit(f"the engine refused {target.partition('?')[0]}: {line['error']}")
        return lines

    def download(self, target: str, out: IO[bytes]) -> None:
        """Write what the engine sends; an answer that ends too early is an OSError."""
        self.request("GET", target)
        answer = self.getresponse()
        if answer.status >= FAILED:
            told = answer.read().decode(errors="replace").strip()
            raise SystemExit(f"the engine refused GET {target}: {told}")
        shutil.copyfileobj(answer, out, PIECE)
        self.close()

    def run_in(self, container: str, argv: list[str]) -> tuple[int, str, str]:
        """Run a command within a container; its exit status, standard output and standard error."""
        wanted = {"Cmd": argv, "AttachStdout": True, "AttachStderr": True}
        made = self.ask("POST", f"/containers/{quote(container)}/exec", wanted)
        start = json.dumps({"Detach": False, "Tty": False})
        frames = self._exchange("POST", f"/exec/{made['Id']}/start", start, "application/json", ()) or b""
        streams = {STDOUT: b"", STDERR: b""}
        while frames:  # each with a header: the stream, three zeros, the length in four bytes
            end = HEADER + int.from_bytes(frames[4:HEADER], "big")
            streams[frames[0]] += frames[HEADER:end]
            frames = frames[end:]
        status = self.ask("GET", f"/exec/{made['Id']}/json")["ExitCode"]
        return status, streams[STDOUT].decode(), streams[STDERR].decode()

    def image(self, name: str) -> dict | None:
        """What the engine knows of an image, or None where there is none."""
        found: dict | None = self.ask("GET", f"/images/{quote(name)}/json", fine=(404,))
        return found

    def _exchange(self, verb: str, target: str, body: Any, kind: str, fine: tuple[int, ...]) -> bytes | None:
        # An engine that does not like what it is asked answers before it has read all of it.
        with contextlib.suppress(BrokenPipeError):
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
