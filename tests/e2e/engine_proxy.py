"""Between the agent and the machine's engine: passes requests on, or delays, drops or refuses them."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer

ENGINE = "/var/run/docker.sock"
REFUSAL = b'{"message":"the proxy refuses"}'


@dataclass(frozen=True)
class Fault:
    """What happens to requests whose first line matches: a delay in seconds, then a drop or a refusal."""

    requests: str
    delay_seconds: float = 0.0
    drop: bool = False
    refuse: bool = False


class _Handler(StreamRequestHandler):
    """One request a connection, so that nothing of HTTP has to be understood but where a head ends."""

    server: EngineProxy

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline(65536)
            if not line:
                return
            head += line
        found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        body = self.rfile.read(int(found[1])) if found else b""
        fault = self.server.fault_of(head.split(b"\r\n", 1)[0].decode())
        if fault is not None:
            self.server.gate.wait(fault.delay_seconds)
            if fault.drop:
                return
            if fault.refuse:
                self.wfile.write(
                    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
                    b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(REFUSAL), REFUSAL)
                )
                return
        self._pass_on(re.sub(rb"\r\nconnection: [^\r]*", b"", head, flags=re.IGNORECASE), body)

    def _pass_on(self, head: bytes, body: bytes) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as engine:
            engine.connect(ENGINE)
            engine.sendall(head[:-2] + b"Connection: close\r\n\r\n" + body)
            while answer := engine.recv(65536):
                self.wfile.write(answer)


class EngineProxy(ThreadingUnixStreamServer):
    """Listens on `directory/proxy.sock`. Faults are set and taken back by the test while it runs."""

    daemon_threads = True

    def __init__(self, directory: Path) -> None:
        path = directory / "proxy.sock"
        super().__init__(str(path), _Handler)
        self.url = f"unix://{path}"
        self.gate = threading.Event()
        self._faults: tuple[Fault, ...] = ()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def set(self, *faults: Fault) -> None:
        self._faults = faults

    def fault_of(self, request: str) -> Fault | None:
        """The first fault whose pattern is found in a first line such as `POST /v1.41/containers/…`."""
        return next((f for f in self._faults if re.search(f.requests, request)), None)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that give up are what the tests are about."""

    def close(self) -> None:
        self._faults = ()
        self.gate.set()
        time.sleep(0.1)
        self.shutdown()
        with contextlib.suppress(OSError):
            self.server_close()
