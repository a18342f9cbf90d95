"""Many hosts on paper behind one port, each at its path: `python -m tests.bench.scale.server PORT HOSTS`."""

from __future__ import annotations

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client.exposition import choose_encoder

from tests.bench.scale.host import PaperHost


def name_of(number: int) -> str:
    """As its instance label has it."""
    return f"pc{number:05}.example.org"


def path_of(number: int) -> str:
    """Where its metrics are."""
    return f"/{name_of(number)}/metrics"


class _Hosts:
    """A host is moved on by who asks for it, one at a time."""

    def __init__(self, count: int) -> None:
        now = time.time()
        self._hosts = {path_of(number): PaperHost(number, now) for number in range(count)}
        self._lock = threading.Lock()

    def answer(self, path: str, accept: str) -> tuple[str, bytes] | None:
        """A content type and a body; None for a path of no host."""
        host = self._hosts.get(path)
        if host is None:
            return None
        encode, content_type = choose_encoder(accept)
        with self._lock:
            host.advance(time.time())
            return content_type, encode(host.registry)

    @property
    def pilots(self) -> int:
        """Of all hosts."""
        return sum(host.pilots for host in self._hosts.values())


def serve(port: int, count: int) -> None:
    """For ever."""
    hosts = _Hosts(count)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = hosts.answer(self.path, self.headers.get("Accept", ""))
            self.send_response(404 if found is None else 200)
            content_type, body = found or ("text/plain", b"")
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 512

    print(f"{count} hosts with {hosts.pilots} pilots", flush=True)
    Server(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
