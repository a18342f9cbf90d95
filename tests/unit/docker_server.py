"""A server that speaks as much of Docker's language as questions about versions, images and lists need."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from typing import Any
from urllib.parse import unquote

OK, NO_CONTENT, BAD_REQUEST, NOT_FOUND, CONFLICT = 200, 204, 400, 404, 409
Said = tuple[int, Any]


@dataclass
class Docker:
    """What a test says about the engine. `names`: reference → image id; `pulled`: what a pull brings."""

    api: tuple[int, int] = (1, 51)
    away: bool = False
    info: dict[str, Any] = field(default_factory=dict)
    components: tuple[str, ...] = ("Engine", "containerd")
    names: dict[str, str] = field(default_factory=dict)
    images: set[str] = field(default_factory=set)
    in_use: set[str] = field(default_factory=set)
    pulled: str = ""
    containers: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, method: str, path: str) -> Said:
        """Status and content."""
        if path.endswith("/version"):
            return OK, self._version()
        asked = re.fullmatch(r"/v(\d+)\.(\d+)(/[^?]*).*", path)
        assert asked is not None
        if (int(asked[1]), int(asked[2])) > self.api:
            most = "Maximum supported API version is {}.{}".format(*self.api)
            return BAD_REQUEST, {"message": f"client version {asked[1]}.{asked[2]} is too new. {most}"}
        if asked[3] == "/info":
            return OK, self.info
        if asked[3] == "/containers/json":
            return OK, self.containers
        if asked[3] == "/images/create":
            return self._pull(path)
        return self._image(method, asked[3].removeprefix("/images/").removesuffix("/json"))

    def _version(self) -> dict[str, Any]:
        parts = [{"Name": name, "Version": "1"} for name in self.components]
        return {"ApiVersion": "{}.{}".format(*self.api), "MinAPIVersion": "1.24", "Components": parts}

    def _pull(self, path: str) -> Said:
        wanted = re.search(r"tag=([^&]*)&fromImage=([^&]*)", path)
        assert wanted is not None
        self.images.add(self.pulled)
        self.names[f"{wanted[2]}:{wanted[1]}"] = self.pulled
        return OK, {"status": "done"}

    def _image(self, method: str, wanted: str) -> Said:
        found = self.names.get(wanted, wanted)
        if found not in self.images:
            return NOT_FOUND, {"message": f"No such image: {wanted}"}
        if method == "GET":
            return OK, {"Id": found, "RepoTags": [name for name, of in self.names.items() if of == found]}
        if found in self.in_use:
            return CONFLICT, {"message": f"conflict: unable to delete {found}: image is being used"}
        self.images.remove(found)
        self.names = {name: of for name, of in self.names.items() if of != found}
        return OK, [{"Deleted": found}]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        if self.server.docker.away:
            return
        status, content = self.server.docker.answer(self.command, unquote(self.path))
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_GET  # noqa: N815 - the names are the library's

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingUnixStreamServer):
    daemon_threads = True
    docker: Docker


def listen(docker: Docker, path: Path) -> _Server:
    """Serve at that socket until `shutdown` and `server_close`."""
    server = _Server(str(path), _Handler)
    server.docker = docker
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server
