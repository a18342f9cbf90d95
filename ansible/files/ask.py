"""Ask an HTTP server, at a Unix socket or at HOST:PORT: `ask.py PLACE PATH`.

Prints `status` and `json` or `content` as one line of JSON; `status` is -1 where nothing answers. Ansible's
own module does the same and takes a host four times as long.
"""

import http.client
import json
import socket
import sys

TIMEOUT_SECONDS = 10


class Local(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def connect(self) -> None:
        """Instead of a TCP connection."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(sys.argv[1])


def answer() -> dict:
    """What it says."""
    place = sys.argv[1]
    try:
        if place.startswith("/"):
            server = Local("localhost", timeout=TIMEOUT_SECONDS)
        else:
            server = http.client.HTTPConnection(place, timeout=TIMEOUT_SECONDS)
        server.request("GET", sys.argv[2])
        said = server.getresponse()
        content = said.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return {"status": -1, "content": str(error)}
    try:
        return {"status": said.status, "json": json.loads(content)}
    except ValueError:
        return {"status": said.status, "content": content}


sys.stdout.write(json.dumps(answer()) + "\n")
