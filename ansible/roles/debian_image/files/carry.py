#!/usr/bin/env python3
"""Carry an image that was made here from one engine by way of the control node to others.

  carry.py save  on a host that has the image: write it as a compressed archive
  carry.py keep  on the control node: take such an archive among those that are kept, in place of older ones
  carry.py load  on a host that lacks it: load it from the archive

Prints one line of JSON with "changed" and a "say"; exit status 1 with a sentence otherwise.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import re
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from archive import Unreadable, checksum, read
from engine import Engine, labels

DIGEST = "plancton.image.inputs"
SHORT = 12


def stem(args: argparse.Namespace) -> str:
    """Name of all archives of an image for an architecture: `…-<digest, shortened>.<checksum>.tar.gz`."""
    return f"{re.sub(r'[^A-Za-z0-9.]+', '-', args.image)}-{args.architecture}"


def save(args: argparse.Namespace) -> dict:
    """Write the archive, unless the engine has another image of that name, or none."""
    engine, target = Engine(args.socket), Path(args.archive)
    image = engine.image(args.image)
    if labels(image).get(DIGEST) != args.digest or (image or {}).get("Architecture") != args.architecture:
        raise SystemExit(f"there is no {args.image} of that recipe for {args.architecture}")
    with unfinished(target) as path, gzip.open(path, "wb", compresslevel=6) as out:
        engine.download(f"/images/{quote(args.image)}/get", out)
    return {"changed": True, "say": f"{args.image} is saved"}


@contextlib.contextmanager
def unfinished(target: Path):
    """A file beside the target that becomes it at the end, or goes."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".unfinished-", delete=False) as file:
        path = Path(file.name)
    try:
        yield path
        path.chmod(0o644)
        path.replace(target)
    finally:
        path.unlink(missing_ok=True)


def keep(args: argparse.Namespace) -> dict:
    """Look into the archive; give it the name that tells what it is; remove what it replaces."""
    path, cache = Path(args.archive), Path(args.cache)
    (image,) = read(path)
    if args.image not in image.tags or image.labels.get(DIGEST) != args.digest:
        raise SystemExit(f"{path} did not bring {args.image} of that recipe")
    if image.architecture != args.architecture:
        raise SystemExit(f"{path} is for {image.architecture}, not for {args.architecture}")
    target = cache / f"{stem(args)}-{args.digest[:SHORT]}.{checksum(path)}.tar.gz"
    path.chmod(0o644)
    path.replace(target)
    replaced = re.compile(re.escape(stem(args)) + rf"-[0-9a-f]{{{SHORT}}}\.[0-9a-f]{{64}}\.tar\.gz")
    for other in cache.iterdir():
        if replaced.fullmatch(other.name) and other != target:
            other.unlink(missing_ok=True)
    return {"changed": True, "say": str(target)}


def load(args: argparse.Namespace) -> dict:
    """Load it; the image that had the name goes, unless a container still needs it."""
    engine, path = Engine(args.socket), Path(args.archive)
    if checksum(path) != args.sha256:
        raise SystemExit(
            f"the archive of {args.image} is damaged: remove it from build/images on the control node"
        )
    before = engine.image(args.image)
    with path.open("rb") as content:
        engine.post("/images/load?quiet=1", content)
    loaded = engine.image(args.image)
    if labels(loaded).get(DIGEST) != args.digest:
        raise SystemExit(f"the archive did not bring {args.image} of that recipe")
    if before and before["Id"] != (loaded or {}).get("Id"):
        engine.ask("DELETE", f"/images/{quote(before['Id'])}", fine=(404, 409))
    return {"changed": True, "say": f"{args.image} is loaded"}


VERBS = {"save": save, "keep": keep, "load": load}


def main() -> int:
    """Do one verb."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("verb", choices=sorted(VERBS))
    parser.add_argument("--socket", default="/var/run/docker.sock")
    parser.add_argument("--image", required=True, help="name:tag")
    parser.add_argument("--digest", required=True, help="of its recipe")
    parser.add_argument("--architecture", default="", help="as the engine calls it")
    parser.add_argument("--archive", required=True)
    parser.add_argument("--cache", default="", help="where the control node keeps archives")
    parser.add_argument("--sha256", default="", help="of the archive")
    args = parser.parse_args()
    try:
        print(json.dumps(VERBS[args.verb](args)))
    except Unreadable as error:
        raise SystemExit(str(error)) from error
    except OSError as error:
        raise SystemExit(f"{args.image} cannot be carried: {error}") from error
    return 0


if __name__ == "__main__":
    sys.exit(main())
