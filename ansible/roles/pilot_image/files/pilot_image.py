#!/usr/bin/env python3
"""Make, check or remove what Plancton has in a container engine, with nothing but the standard library.

Runs on the donated host, before anything of ours is installed there and after it is gone, so it speaks
the engine's own HTTP over its socket and needs neither its command line nor a package.

  pilot_image.py busybox  say which of the given busyboxes is a static one
  pilot_image.py ensure   make the embedded image where it is missing or out of date
  pilot_image.py pack     make it as an archive, on the control node and without an engine, for `load`
  pilot_image.py load     take it from such an archive where it is missing or out of date
  pilot_image.py remove   remove our pilots, their network and the embedded image
  pilot_image.py foreign  say what in this engine is not ours

Prints one line of JSON with "changed" and a "say" for people; exit status 1 with a sentence otherwise.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import http.client
import io
import json
import os
import platform
import re
import socket
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import quote, urlencode

DIGEST = "plancton.image.inputs"
USERS = "root:x:0:0:root:/:/bin/sh\npilot:x:10001:10001:pilot:/tmp:/bin/sh\n"
SETTINGS = {
    "Cmd": ["/pilot"],
    "User": "10001:10001",
    "WorkingDir": "/tmp",  # noqa: S108 - the container's own
    "Env": ["PATH=/bin", "PILOT_SECONDS=600"],
}
LONG_AGO = "1980-01-01T00:00:00Z"
# As engines call what kernels call otherwise.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
FAILED = 300
GROUPS = "root:x:0:\npilot:x:10001:\n"


class Engine(http.client.HTTPConnection):
    """The engine's API over its socket; an error is a sentence."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self) -> None:
        """Go to the socket, where the base class would go to a host."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

    def ask(self, verb: str, target: str, body: bytes | None = None, fine: tuple[int, ...] = ()):
        """Return the decoded answer, or None where its status is one of ``fine``."""
        self.request(verb, target, body, {"Content-Type": "application/x-tar"} if body else {})
        answer = self.getresponse()
        text = answer.read().decode()
        self.close()
        if answer.status in fine:
            return None
        if answer.status >= FAILED:
            raise SystemExit(f"the engine refused {verb} {target.partition('?')[0]}: {text.strip()}")
        lines = [json.loads(line) for line in text.splitlines() if line.startswith(("{", "["))]
        return lines[-1] if lines else {}


def applets(path: str) -> list[str]:
    """The commands that a busybox plays."""
    listed = subprocess.run([path, "--list"], check=True, capture_output=True, text=True)
    return sorted(set(listed.stdout.split()) - {"busybox"})


def is_static(path: str) -> bool:
    """A dynamically linked program names its loader near its start."""
    start = Path(path).read_bytes()[:4096] if Path(path).is_file() else b""
    return start.startswith(b"\x7fELF") and b"/ld-" not in start


def busybox(_: Engine, args: argparse.Namespace) -> dict:
    """The first one that is static."""
    return {"changed": False, "say": next(filter(is_static, args.busybox), "")}


def tree(path: str, pilot: bytes) -> bytes:
    """The image's root as a tar archive: the same inputs give the same bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:

        def add(
            name: str, kind: bytes = tarfile.REGTYPE, mode: int = 0o755, data: bytes = b"", to: str = ""
        ) -> None:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.size, entry.linkname = kind, mode, len(data), to
            tar.addfile(entry, io.BytesIO(data))

        for directory in ("bin", "etc", "dev", "proc", "sys", "usr", "usr/bin"):
            add(directory, tarfile.DIRTYPE)
        add("tmp", tarfile.DIRTYPE, 0o1777)
        add("etc/passwd", mode=0o644, data=USERS.encode())
        add("etc/group", mode=0o644, data=GROUPS.encode())
        add("bin/busybox", data=Path(path).read_bytes())
        for applet in applets(path):
            add(f"bin/{applet}", tarfile.SYMTYPE, to="busybox")
        add("usr/bin/env", tarfile.SYMTYPE, to="/bin/busybox")
        add("pilot", data=pilot)
    return out.getvalue()


def ensure(engine: Engine, args: argparse.Namespace) -> dict:
    """Make the image unless the one that is there was made of the same things."""
    static = next(filter(is_static, args.busybox), None)
    if not static:
        raise SystemExit(f"no statically linked busybox: looked at {', '.join(args.busybox)}")
    root = tree(static, base64.b64decode(args.pilot))
    changes = ['CMD ["/pilot"]', "USER 10001:10001", "WORKDIR /tmp", "ENV PATH=/bin PILOT_SECONDS=600"]
    digest = hashlib.sha256(root + "".join(changes).encode()).hexdigest()
    there = engine.ask("GET", f"/images/{quote(args.image)}/json", fine=(404,))
    if there and ((there.get("Config") or {}).get("Labels") or {}).get(DIGEST) == digest:
        return {"changed": False, "say": f"{args.image} is up to date"}
    if not args.check:
        repository, _, tag = args.image.rpartition(":")
        query = [("fromSrc", "-"), ("repo", repository), ("tag", tag)]
        query += [("changes", change) for change in [*changes, f"LABEL {DIGEST}={digest}"]]
        engine.ask("POST", "/images/create?" + urlencode(query), root)
        if there:  # kept by the engine while a pilot still runs from it
            engine.ask("DELETE", f"/images/{there['Id']}", fine=(404, 409))
    return {"changed": True, "say": f"{args.image} is made"}


def pack(_: Engine, args: argparse.Namespace) -> dict:
    """Write the archive unless it is there; where no busybox is static there is nothing to say."""
    static = next(filter(is_static, args.busybox), None)
    if not static:
        return {"changed": False, "say": ""}
    machine = platform.machine()
    root = tree(static, base64.b64decode(args.pilot))
    digest = hashlib.sha256(root + json.dumps(SETTINGS).encode()).hexdigest()
    name = f"{re.sub(r'[^A-Za-z0-9.]+', '-', args.image)}-{machine}"
    target = Path(args.archive, f"{name}-{digest[:12]}.tar.gz")
    try:
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            write(target, archive(root, args.image, digest, ARCHITECTURES.get(machine, machine)))
        older = re.compile(re.escape(name) + r"-[0-9a-f]{12}\.tar\.gz")
        for other in target.parent.iterdir():
            if older.fullmatch(other.name) and other != target:
                other.unlink(missing_ok=True)
    except OSError as error:
        raise SystemExit(f"{args.image} cannot be kept on the control node: {error}") from error
    return {"changed": False, "say": str(target), "digest": digest, "machine": machine}


def write(target: Path, content: bytes) -> None:
    """All of it or nothing: another run may look for it at the same time."""
    unfinished = Path(f"{target}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.chmod(0o644)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def archive(root: bytes, image: str, digest: str, architecture: str) -> bytes:
    """The image as `docker save` writes it, compressed."""
    layer = hashlib.sha256(root).hexdigest()
    about = {
        "architecture": architecture,
        "os": "linux",
        "created": LONG_AGO,
        "config": {**SETTINGS, "Labels": {DIGEST: digest}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]},
        "history": [{"created": LONG_AGO, "created_by": "plancton"}],
    }
    text = json.dumps(about).encode()
    config = f"{hashlib.sha256(text).hexdigest()}.json"
    manifest = [{"Config": config, "RepoTags": [image], "Layers": [f"{layer}/layer.tar"]}]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        parts = (
            (f"{layer}/layer.tar", root),
            (config, text),
            ("manifest.json", json.dumps(manifest).encode()),
        )
        for name, data in parts:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return gzip.compress(out.getvalue(), mtime=0)


def load(engine: Engine, args: argparse.Namespace) -> dict:
    """Load the archive unless the image is there with that digest."""
    there = engine.ask("GET", f"/images/{quote(args.image)}/json", fine=(404,))
    if there and ((there.get("Config") or {}).get("Labels") or {}).get(DIGEST) == args.digest:
        return {"changed": False, "say": f"{args.image} is up to date"}
    if not args.check:
        engine.ask("POST", "/images/load?quiet=1", Path(args.archive).read_bytes())
        loaded = engine.ask("GET", f"/images/{quote(args.image)}/json")
        if ((loaded.get("Config") or {}).get("Labels") or {}).get(DIGEST) != args.digest:
            raise SystemExit(f"{args.archive} did not bring {args.image}")
        if there and there["Id"] != loaded["Id"]:  # kept by the engine while a pilot still runs from it
            engine.ask("DELETE", f"/images/{there['Id']}", fine=(404, 409))
    return {"changed": True, "say": f"{args.image} is loaded"}


def containers(engine: Engine, label: str = "") -> list[dict]:
    """All containers, running or not; or those with a label."""
    query = {"all": "true", "filters": json.dumps({"label": [label]} if label else {})}
    return engine.ask("GET", "/containers/json?" + urlencode(query)) or []


def networks(engine: Engine, label: str) -> list[dict]:
    """Those with a label."""
    return engine.ask("GET", "/networks?" + urlencode({"filters": json.dumps({"label": [label]})})) or []


def remove(engine: Engine, args: argparse.Namespace) -> dict:
    """Remove the pilots of one agent, then their network, and the image, if it is ours."""
    label = f"plancton.agent={args.agent}"
    pilots, bridges = containers(engine, label), networks(engine, label)
    image = engine.ask("GET", f"/images/{quote(args.image)}/json", fine=(404,))
    ours = image if image and DIGEST in ((image.get("Config") or {}).get("Labels") or {}) else None
    if not args.check:
        for pilot in pilots:
            engine.ask("DELETE", f"/containers/{pilot['Id']}?force=true&v=true", fine=(404, 409))
        for bridge in bridges:  # 403: somebody else has put a container into it
            engine.ask("DELETE", f"/networks/{bridge['Id']}", fine=(403, 404))
        if ours:  # by name: where somebody else uses it, the engine says 409 and it stays
            engine.ask("DELETE", f"/images/{quote(args.image)}", fine=(404, 409))
    return {"changed": bool(pilots or bridges or ours), "say": f"{len(pilots)} pilots removed"}


def foreign(engine: Engine, _: argparse.Namespace) -> dict:
    """Containers, images and volumes that we have not brought."""
    strangers = [c for c in containers(engine) if "plancton.agent" not in (c["Labels"] or {})]
    others = [container["Names"][0].lstrip("/") for container in strangers]
    images = engine.ask("GET", "/images/json") or []
    for image in images:
        if DIGEST not in (image.get("Labels") or {}):
            others += image.get("RepoTags") or [image["Id"][7:19]]
    volumes = engine.ask("GET", "/volumes") or {}
    others += [volume["Name"] for volume in volumes.get("Volumes") or []]
    return {"changed": False, "say": ", ".join(others)}


VERBS = {
    "busybox": busybox,
    "ensure": ensure,
    "pack": pack,
    "load": load,
    "remove": remove,
    "foreign": foreign,
}


def main() -> int:
    """Do one verb."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("verb", choices=sorted(VERBS))
    parser.add_argument("--socket", default="/var/run/docker.sock")
    parser.add_argument("--image", default="plancton-pilot:embedded")
    parser.add_argument("--busybox", action="append", default=[], help="may be given several times")
    parser.add_argument("--pilot", default="", help="the pilot's script in base64: many lines as one word")
    parser.add_argument("--archive", default="", help="of the image; `pack` wants the directory for it")
    parser.add_argument("--digest", default="", help="what `pack` has told of the archive")
    parser.add_argument("--agent", default="plancton", help="whose pilots are removed")
    parser.add_argument("--check", action="store_true", help="only say what would be done")
    parser.add_argument("--record", type=Path, help="say, too, whether there is this file of images.py")
    args = parser.parse_args()
    try:
        told = VERBS[args.verb](Engine(args.socket), args)
        brought = {"brought": args.record.exists()} if args.record else {}
        print(json.dumps(told | brought))
    except OSError as error:
        raise SystemExit(f"the engine on {args.socket} cannot be asked: {error}") from error
    return 0


if __name__ == "__main__":
    sys.exit(main())
