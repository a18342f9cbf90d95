#!/usr/bin/env python3
"""Make a pilot's image with Parrot out of one without, and of a release of cctools that the operator gives.

  parrot_image.py --base IMAGE --image NAME --archive FILE --sha256 SUM

Prints one line of JSON with "changed" and a "say" for people; exit status 1 with a sentence otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import sys
import tarfile
from pathlib import Path
from urllib.parse import urlencode

from docker_socket import Engine

HERE = Path(__file__).parent
LABEL = "plancton.image.inputs"  # the label by which removal knows what is ours
PROGRAM = re.compile(r"(?P<root>.*/)?bin/parrot_run")
# Parrot carries most of what it needs; what it does not is here.
LIBRARY = re.compile(r"lib/[^/]+\.so[^/]*")
SCRIPTS = ("job", "inside")
# What HTCondor's daemons read in their environment counts as if it stood in their configuration.
DOCKERFILE = """FROM {base}
COPY parrot /parrot
ENV _CONDOR_USER_JOB_WRAPPER=/parrot/job
LABEL {label}={digest}
"""
FILESYSTEMS = re.compile(r"Enabled filesystems are:(.*)")


def digest(base_id: str, sha256: str) -> str:
    """Changes with whatever the image is made of."""
    found = hashlib.sha256(f"{base_id}\n{sha256}\n{DOCKERFILE}".encode())
    for name in (*SCRIPTS, Path(__file__).name):
        found.update((HERE / name).read_bytes())
    return found.hexdigest()


def check_sum(archive: Path, sha256: str) -> None:
    """What was not meant is not run."""
    found = hashlib.sha256()
    with archive.open("rb") as file:
        while piece := file.read(1024**2):
            found.update(piece)
    if found.hexdigest() != sha256.lower():
        raise SystemExit(f"{archive}: its SHA-256 is {found.hexdigest()}, and not {sha256}")


def context(archive: Path, dockerfile: str) -> io.BytesIO:
    """What the engine builds from: Parrot out of the release, our scripts, and the recipe."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        try:
            with tarfile.open(archive) as release:
                _take(release, archive, tar)
        except (tarfile.TarError, EOFError) as error:
            raise SystemExit(f"{archive}: is no tar archive: {error}") from None
        for name in SCRIPTS:
            _add(tar, f"parrot/{name}", (HERE / name).read_bytes(), 0o755)
        _add(tar, "Dockerfile", dockerfile.encode(), 0o644)
    made.seek(0)
    return made


def _take(release: tarfile.TarFile, archive: Path, tar: tarfile.TarFile) -> None:
    files = {member.name.removeprefix("./"): member for member in release.getmembers() if member.isfile()}
    root = next((found["root"] or "" for name in files if (found := PROGRAM.fullmatch(name))), None)
    if root is None:
        raise SystemExit(f"{archive}: has no bin/parrot_run; is it a release of cctools, built with Parrot?")
    for name, member in files.items():
        below = name.removeprefix(root) if name.startswith(root) else ""
        if below == "bin/parrot_run" or LIBRARY.fullmatch(below):
            content = release.extractfile(member)
            _add(tar, f"parrot/{Path(below).name}", content.read() if content else b"", 0o755)


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))


def why_not_fit(engine: Engine, image: str) -> str | None:
    """What this Parrot lacks, by its own word, as it runs in the pilot's image; None if nothing."""
    body = {
        "Image": image,
        "Entrypoint": ["/parrot/parrot_run"],
        "Cmd": ["--help"],
        "User": "10001:10001",
        "HostConfig": {"NetworkMode": "none", "CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges"]},
    }
    container = json.loads(engine.ask("POST", "/containers/create", body))["Id"]
    try:
        engine.ask("POST", f"/containers/{container}/start")
        engine.ask("POST", f"/containers/{container}/wait")
        said = _frames(engine.ask("GET", f"/containers/{container}/logs?stdout=1&stderr=1"))
    finally:
        engine.ask("DELETE", f"/containers/{container}?force=1&v=1")
    told = FILESYSTEMS.search(said)
    if told is None:
        return f"its parrot_run does not run in this image: {said.strip()[:300] or 'it says nothing'}"
    if "cvmfs" not in told[1].split():
        return f"its parrot_run was built without CVMFS; it has: {told[1].strip()}"
    return None


def _frames(stream: bytes) -> str:
    """Output of both kinds in the order in which it came: each piece has a header of eight bytes."""
    said = b""
    while stream:
        end = 8 + int.from_bytes(stream[4:8], "big")
        said, stream = said + stream[8:end], stream[end:]
    return said.decode(errors="replace")


def make(engine: Engine, args: argparse.Namespace, wanted: str) -> None:
    """Build it under another name first: what does not fit never has the one that pilots are started from."""
    check_sum(args.archive, args.sha256)
    draft = f"{args.image}-unchecked"
    recipe = DOCKERFILE.format(base=args.base, label=LABEL, digest=wanted)
    query = urlencode({"t": draft, "rm": 1, "forcerm": 1})
    progress = engine.ask("POST", f"/build?{query}", context(args.archive, recipe))
    for line in progress.splitlines():
        if "error" in (told := json.loads(line)):
            raise SystemExit(f"{args.image} cannot be built: {told['error']}")
    try:
        fault = why_not_fit(engine, draft)
        if fault is None:
            name, _, tag = args.image.rpartition(":")
            engine.ask("POST", f"/images/{draft}/tag?{urlencode({'repo': name, 'tag': tag})}")
    finally:
        engine.ask("DELETE", f"/images/{draft}")
    if fault is not None:
        raise SystemExit(f"{args.archive}: {fault}")


def main() -> int:
    """Make the image if it is missing or out of date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--socket", default="/var/run/docker.sock")
    parser.add_argument("--base", required=True, help="the pilot's image without Parrot")
    parser.add_argument("--image", required=True, help="name:tag of the one with it")
    parser.add_argument("--archive", required=True, type=Path, help="a release of cctools, as a tar archive")
    parser.add_argument("--sha256", required=True, help="its checksum")
    parser.add_argument("--check", action="store_true", help="only say what would be done")
    args = parser.parse_args()
    engine = Engine(args.socket)
    try:
        base = engine.image(args.base)
        if base is None:
            raise SystemExit(f"the image {args.base}, which Parrot is to be added to, is not on this host")
        wanted = digest(base["Id"], args.sha256)
        labels = ((engine.image(args.image) or {}).get("Config") or {}).get("Labels") or {}
        changed = labels.get(LABEL) != wanted
        if changed and not args.check:
            make(engine, args, wanted)
    except OSError as error:
        raise SystemExit(f"{args.image} cannot be made: {error}") from None
    print(json.dumps({"changed": changed, "say": f"{args.image} made" if changed else "up to date"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
