"""Neighbours of this machine: another host in a local network, and one beyond it, in a network namespace."""

from __future__ import annotations

import contextlib
import secrets
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from tests.e2e.guard_process import run

GREETING = b"hello\n"
# Of the networks that RFC 5737 keeps for examples: no private address, and nobody's.
BEYOND = "198.51.100.77"
OPEN_PORT, CLOSED_PORT = 8001, 8002
SERVER = f"""
import socketserver, threading
class Greet(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall({GREETING!r})
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
servers = [Server(("", port), Greet) for port in ({OPEN_PORT}, {CLOSED_PORT})]
for server in servers:
    threading.Thread(target=server.serve_forever).start()
print("ready", flush=True)
"""


@dataclass(frozen=True)
class Lan:
    """`host` is this machine's address in it, `neighbour` the other's; both ports of it greet."""

    host: str
    neighbour: str


@contextlib.contextmanager
def lan() -> Iterator[Lan]:
    """A link to a namespace, and a route through it to BEYOND. All of it is gone in the end."""
    tag = secrets.token_hex(3)
    place, link, far = f"plancton{tag}", f"pta{tag}", f"ptb{tag}"
    third = secrets.randbelow(250) + 1
    host, neighbour = f"10.213.{third}.1", f"10.213.{third}.2"
    inside = ("ip", "netns", "exec", place)
    run("ip", "netns", "add", place)
    try:
        run("ip", "link", "add", link, "type", "veth", "peer", "name", far, "netns", place)
        run("ip", "address", "add", f"{host}/24", "dev", link)
        run("ip", "link", "set", link, "up")
        run(*inside, "ip", "address", "add", f"{neighbour}/24", "dev", far)
        run(*inside, "ip", "address", "add", f"{BEYOND}/32", "dev", "lo")
        run(*inside, "ip", "link", "set", "lo", "up")
        run(*inside, "ip", "link", "set", far, "up")
        run("ip", "route", "add", f"{BEYOND}/32", "via", neighbour)
        with subprocess.Popen([*inside, sys.executable, "-c", SERVER], stdout=subprocess.PIPE) as server:
            try:
                assert server.stdout is not None
                assert server.stdout.readline() == b"ready\n"
                yield Lan(host, neighbour)
            finally:
                server.kill()
    finally:
        subprocess.run(["ip", "netns", "delete", place], check=False)
        subprocess.run(["ip", "link", "delete", link], check=False, capture_output=True)


class _Greet(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(GREETING)


@contextlib.contextmanager
def service_of_the_host() -> Iterator[int]:
    """A port on every address of this machine that greets."""
    with socketserver.ThreadingTCPServer(("", 0), _Greet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
