"""Make images of Debian packages in a container engine, without a registry.

A role brings a script with its images; that script's `main` is here. It prints one line of JSON with
"changed", a "say" for people, and what is needed to carry an image from where it has been made: the recipes
("digests"), what is "missing", and the engine's "architecture". Exit status 1 with a sentence otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import tree
from engine import Engine, labels

HERE = Path(__file__).parent
DIGEST = "plancton.image.inputs"  # the label by which removal knows what is ours
PACKAGES = "plancton.image.packages"
BUILDER = ("builder.py", "engine.py", "slim.sh", "tree.py")


@dataclass(frozen=True)
class Image:
    """One that a role can make."""

    name: str
    contents: tree.Contents
    settings: tuple[str, ...]  # lines of a Dockerfile
    files: dict[str, Path] = field(default_factory=dict)  # name within → ours; of a slim image alone
    slim: bool = False


@dataclass(frozen=True)
class Wanted:
    """An image that is asked for."""

    image: Image
    tag: str
    digest: str


def digest(script: Path, image: Image, args: argparse.Namespace) -> str:
    """Changes with whatever the image is made of but the versions in the archive."""
    texts = [Path(source).read_text() if Path(source).is_file() else source for source in args.source]
    found = hashlib.sha256("\n".join((*texts, args.suite, args.serial, *image.settings)).encode())
    ours = (*image.files.values(), *(file for file, _ in image.contents.uploads))
    for path in (*(HERE / name for name in BUILDER), script, *ours):
        found.update(path.read_bytes())
    return found.hexdigest()


def named(script: Path, images: tuple[Image, ...], args: argparse.Namespace) -> list[Wanted]:
    """Those that are asked for."""
    tags = [(image, getattr(args, image.name)) for image in images]
    return [Wanted(image, tag, digest(script, image, args)) for image, tag in tags if tag]


def missing(engine: Engine, images: list[Wanted]) -> list[Wanted]:
    """Those that the engine has not, or has from other inputs."""
    return [wanted for wanted in images if labels(engine.image(wanted.tag)).get(DIGEST) != wanted.digest]


def bring(engine: Engine, wanted: Wanted, archive: Path, packages: str) -> None:
    """Import a tree under its name; the one that had the name goes, unless a container still needs it."""
    before = engine.image(wanted.tag)
    repository, _, tag = wanted.tag.rpartition(":")
    changes = [*wanted.image.settings, f"LABEL {DIGEST}={wanted.digest}", f'LABEL {PACKAGES}="{packages}"']
    query = [("fromSrc", "-"), ("repo", repository), ("tag", tag), *(("changes", c) for c in changes)]
    with archive.open("rb") as content:
        engine.post("/images/create?" + urlencode(query), content)
    if before:
        engine.ask("DELETE", f"/images/{quote(before['Id'])}", fine=(404, 409))


def make(engine: Engine, images: list[Wanted], args: argparse.Namespace) -> None:
    """One tree serves all."""
    with tempfile.TemporaryDirectory(prefix="plancton-image-", dir=args.scratch) as folder:
        full, slim = Path(folder, "tree.tar"), Path(folder, "slim.tar")
        tree.build(args.suite, args.source, tree.together([wanted.image.contents for wanted in images]), full)
        for wanted in images:
            if wanted.image.slim:
                tree.write_slim(full, slim, wanted.image.files)
            archive = slim if wanted.image.slim else full
            bring(engine, wanted, archive, tree.packages(full, slim=wanted.image.slim))


def remove(engine: Engine, tags: list[str], *, check: bool) -> list[str]:
    """Remove those that were made here. One that a container still needs stays."""
    ours = [tag for tag in tags if DIGEST in labels(engine.image(tag))]
    for tag in [] if check else ours:
        engine.ask("DELETE", f"/images/{quote(tag)}", fine=(404, 409))
    return ours


def read_arguments(summary: str, images: tuple[Image, ...]) -> argparse.Namespace:
    """Each image has an option of its name."""
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--socket", default="/var/run/docker.sock")
    for image in images:
        parser.add_argument(f"--{image.name}", default="", help=f"name:tag of the image of a {image.name}")
    parser.add_argument("--suite", default="trixie")
    parser.add_argument(
        "--source", action="append", default=[], help="a line of sources.list, or such a file"
    )
    parser.add_argument("--serial", default="", help="another one builds anew, from the archive of today")
    parser.add_argument("--scratch", default="/var/tmp", help="where 300 MB are for a while")  # noqa: S108
    parser.add_argument(
        "--remove", action="append", default=[], help="an image that goes if it was made here"
    )
    parser.add_argument("--check", action="store_true", help="only say what would be done")
    args = parser.parse_args()
    if not args.source and any(getattr(args, image.name) for image in images):
        parser.error("an image needs a --source")
    return args


def main(script: Path, summary: str, images: tuple[Image, ...]) -> int:
    """Make what is missing, and remove what is to go."""
    args = read_arguments(summary, images)
    engine = Engine(args.socket)
    try:
        gone = remove(engine, args.remove, check=args.check)
        asked = named(script, images, args)
        wanted = missing(engine, asked)
        if wanted and not args.check:
            make(engine, wanted, args)
        architecture = engine.ask("GET", "/version")["Arch"]
    except OSError as error:
        raise SystemExit(f"the images cannot be made: {error}") from error
    done = [f"{image.tag} made" for image in wanted] + [f"{tag} removed" for tag in gone]
    told = {
        "digests": {image.tag: image.digest for image in asked},
        "missing": [image.tag for image in wanted],
        "architecture": architecture,
    }
    print(json.dumps({"changed": bool(done), "say": ", ".join(done) or "up to date", **told}))
    return 0
