#!/usr/bin/env python3
"""Make the images of an HTCondor pilot and of a pool in a container engine, without a registry.

  image.py --pilot NAME --pool NAME   make those of the two that are missing or out of date

Prints one line of JSON with "changed" and a "say" for people; exit status 1 with a sentence otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import tree
from engine import Engine, labels

HERE = Path(__file__).parent
DIGEST = "plancton.image.inputs"  # the label by which removal knows what is ours
PACKAGES = "plancton.image.packages"
PILOT_FILES = {"pilot": HERE / "pilot/entry", "condor_config": HERE / "pilot/condor_config"}
SETTINGS = {
    "pilot": (
        'ENTRYPOINT ["tini", "--", "/pilot"]',
        "USER 10001:10001",
        "WORKDIR /tmp",
        "ENV PATH=/usr/sbin:/usr/bin CONDOR_CONFIG=/condor_config",
    ),
    "pool": (
        'ENTRYPOINT ["tini", "--", "/pool"]',
        "USER 10002:10002",
        "WORKDIR /pool-data",
        "ENV PATH=/usr/sbin:/usr/bin CONDOR_CONFIG=/condor_config",
        "EXPOSE 9618",
    ),
}


@dataclass(frozen=True)
class Wanted:
    """An image that is missing or out of date."""

    kind: str
    name: str
    digest: str


def digest(kind: str, sources: list[str], serial: str) -> str:
    """Changes with whatever the image is made of but the versions in the archive."""
    texts = [Path(source).read_text() if Path(source).is_file() else source for source in sources]
    found = hashlib.sha256("\n".join((*texts, serial, *SETTINGS[kind])).encode())
    folder = sorted(path for path in (HERE / kind).iterdir() if path.is_file())
    for path in (*sorted(HERE.glob("*.py")), HERE / "slim.sh", *folder):
        found.update(path.read_bytes())
    return found.hexdigest()


def missing(engine: Engine, args: argparse.Namespace) -> list[Wanted]:
    """Those of the named images that the engine has not, or has from other inputs."""
    found = []
    for kind, name in (("pilot", args.pilot), ("pool", args.pool)):
        wanted = Wanted(kind, name, digest(kind, args.source, args.serial))
        if name and labels(engine.image(name)).get(DIGEST) != wanted.digest:
            found.append(wanted)
    return found


def bring(engine: Engine, image: Wanted, archive: Path, packages: str) -> None:
    """Import a tree under its name; the one that had the name goes, unless a container still needs it."""
    before = engine.image(image.name)
    repository, _, tag = image.name.rpartition(":")
    changes = [*SETTINGS[image.kind], f"LABEL {DIGEST}={image.digest}", f'LABEL {PACKAGES}="{packages}"']
    query = [("fromSrc", "-"), ("repo", repository), ("tag", tag), *(("changes", c) for c in changes)]
    with archive.open("rb") as content:
        engine.post("/images/create?" + urlencode(query), content)
    if before:
        engine.ask("DELETE", f"/images/{quote(before['Id'])}", fine=(404, 409))


def make(engine: Engine, images: list[Wanted], args: argparse.Namespace) -> None:
    """One tree serves both."""
    with tempfile.TemporaryDirectory(prefix="plancton-image-", dir=args.scratch) as folder:
        full = Path(folder, "tree.tar")
        tree.build(args.suite, args.source, full)
        for image in images:
            slim = image.kind == "pilot"
            archive = Path(folder, "slim.tar") if slim else full
            if slim:
                tree.write_slim(full, archive, PILOT_FILES)
            bring(engine, image, archive, tree.packages(full, slim=slim))


def main() -> int:
    """Make what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--socket", default="/var/run/docker.sock")
    parser.add_argument("--pilot", default="", help="name:tag of the pilot's image")
    parser.add_argument("--pool", default="", help="name:tag of the pool's image")
    parser.add_argument("--suite", default="trixie")
    parser.add_argument(
        "--source", action="append", required=True, help="a line of sources.list, or such a file"
    )
    parser.add_argument("--serial", default="", help="another one builds anew, from the archive of today")
    parser.add_argument("--scratch", default="/var/tmp", help="where 300 MB are for a while")  # noqa: S108
    parser.add_argument("--check", action="store_true", help="only say what would be done")
    args = parser.parse_args()
    engine = Engine(args.socket)
    try:
        images = missing(engine, args)
        if images and not args.check:
            make(engine, images, args)
    except OSError as error:
        raise SystemExit(f"the images cannot be made: {error}") from error
    names = ", ".join(image.name for image in images)
    print(json.dumps({"changed": bool(images), "say": f"{names} made" if names else "up to date"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
