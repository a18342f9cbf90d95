"""HTTP servers on the loopback that answer as they are told."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

# What a handler sends: a status, a content type and a body.
Reply = tuple[int, str, bytes]


@dataclass
class Asked:
    """One request: its path, its headers and its form."""

    path: str
    headers: dict[str, str]
    form: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def serving(reply: Callable[[Asked], Reply | None]) -> Iterator[str]:
    """host:port of a server; `reply` gives None to close the connection without a word."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(Asked(self.path, dict(self.headers)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(Asked(self.path, dict(self.headers), form))

        def _answer(self, asked: Asked) -> None:
            found = reply(asked)
            if found is None:
                self.close_connection = True
                return
            status, content_type, body = found
            with contextlib.suppress(OSError):  # who asked may have gone
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
