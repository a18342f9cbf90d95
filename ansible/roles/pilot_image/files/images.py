#!/usr/bin/env python3
"""The operator's own images in a donor's engine: which of them it lacks, one archive of them, none of them.

  images.py missing  say which archives bring what is not here, and whether there is something to tidy
  images.py load     load one archive, and remember what it has brought
  images.py tidy     remove what no archive brings any more; what a container needs stays as long as it does
  images.py remove   remove what was brought; what was here before stays

Prints one line of JSON with "changed" and a "say"; exit status 1 with a sentence otherwise.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import sys
import tarfile
from pathlib import Path
from urllib.parse import quote

from engine import Engine, labels

OURS = "plancton.image.inputs"  # the label of images that are made by Plancton


class Record:
    """What was brought to this host: the engine's id → "config", "tags", and whether the image was "new"."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.images: dict[str, dict] = json.loads(path.read_text()) if path.exists() else {}

    def write(self) -> None:
        """All of it or nothing; where nothing was brought there is no file."""
        if not self.images:
            self.path.unlink(missing_ok=True)
            return
        self.path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = self.path.with_name(f".{self.path.name}")
        unfinished.write_text(json.dumps(self.images, indent=1))
        unfinished.replace(self.path)


def is_here(found: dict | None, record: Record, image: dict) -> bool:
    """Whether it is this very image. Some engines make up an id of their own; that one we remember."""
    here = (found or {}).get("Id", "")
    return here in image["ids"] or record.images.get(here, {}).get("config") == image["ids"][0]


def missing(engine: Engine, record: Record, args: argparse.Namespace) -> dict:
    """Refuses to take a name away from an image that somebody else has brought."""
    paths, wanted = [], json.loads(args.wanted)
    for path, images in wanted.items():
        for image in images:
            for tag in image["tags"]:
                found = engine.image(tag)
                if is_here(found, record, image):
                    continue
                if found and found["Id"] not in record.images and OURS not in labels(found):
                    raise SystemExit(
                        f"{path} brings {tag}, which this host has already, as another image and not "
                        "from us: remove that one, or give yours another name"
                    )
                paths.append(path)
    paths = list(dict.fromkeys(paths))
    untidy = bool(stale(engine, record, wanted))
    say = ", ".join(paths) or ("to be tidied" if untidy else "up to date")
    return {"changed": bool(paths) or untidy, "say": say, "missing": paths, "untidy": untidy}


def familiar(tag: str) -> str:
    """As engines call what others call by its full name."""
    return tag.removeprefix("docker.io/").removeprefix("library/")


def held(engine: Engine, image: str, entry: dict) -> list[str]:
    """The names that it was brought under and has still."""
    return [tag for tag in entry["tags"] if (engine.image(tag) or {}).get("Id") == image]


def stale(engine: Engine, record: Record, wanted: dict[str, list[dict]]) -> dict[str, list[str]]:
    """Id of what we have brought → names of ours that no archive brings, unless a container needs it.

    A name that an archive brings for another image is left alone: it goes when that one is loaded.
    """
    names = {familiar(tag) for images in wanted.values() for image in images for tag in image["tags"]}
    found = {}
    for image, entry in record.images.items():
        ours = held(engine, image, entry)
        gone = [tag for tag in ours if familiar(tag) not in names]
        if gone or not ours:
            found[image] = gone
    used = {one["ImageID"] for one in engine.ask("GET", "/containers/json?all=true")} if found else set()
    return {image: tags for image, tags in found.items() if image not in used}


def tidy(engine: Engine, record: Record, args: argparse.Namespace) -> dict:
    """What was here before us, or has a name that is not from us, loses our names alone."""
    told = []
    for image, tags in stale(engine, record, json.loads(args.wanted)).items():
        entry, there = record.images[image], bool(engine.image(image))
        for tag in tags:
            unname(engine, image, tag, new=entry["new"])
        if entry["new"]:
            drop(engine, record, image)
        left, found = held(engine, image, entry), engine.image(image)
        told += [tag for tag in tags if tag not in left] or ([image] if there and not found else [])
        if found and entry["new"] and (left or not found.get("RepoTags")):
            record.images[image]["tags"] = left
        else:
            record.images.pop(image, None)
        record.write()
    return {"changed": bool(told), "say": f"{', '.join(told) or 'nothing'} removed"}


def unname(engine: Engine, image: str, tag: str, *, new: bool) -> None:
    """Take one name from an image that has it still. One that was here before us keeps its last."""
    found = engine.image(tag)
    if found and found["Id"] == image and (new or len(found["RepoTags"]) > 1):
        engine.ask("DELETE", f"/images/{quote(tag)}", fine=(404, 409))


def load(engine: Engine, record: Record, args: argparse.Namespace) -> dict:
    """What had the names goes, if it was brought by us and no container needs it."""
    images = [(tag, image) for image in json.loads(args.wanted) for tag in image["tags"]]
    record.images = {image: entry for image, entry in record.images.items() if engine.image(image)}
    before = {tag: engine.image(tag) for tag, _ in images}
    known = {image["ids"][0] for _, image in images if any(engine.image(one) for one in image["ids"])}
    complete(Path(args.archive), json.loads(args.wanted))
    with Path(args.archive).open("rb") as content:
        engine.post("/images/load?quiet=1", content)
    for tag, image in images:
        found = engine.image(tag)
        if not found or (not is_here(found, record, image) and found["Id"] == (before[tag] or {}).get("Id")):
            raise SystemExit(f"the archive did not bring {tag}")
        new = {"config": image["ids"][0], "tags": [], "new": image["ids"][0] not in known}
        entry = record.images.setdefault(found["Id"], new)
        entry["tags"] = sorted({*entry["tags"], tag})
        record.write()
    for found in before.values():
        if found and (OURS in labels(found) or record.images.get(found["Id"], {}).get("new")):
            drop(engine, record, found["Id"])
    record.write()
    return {"changed": True, "say": f"{', '.join(tag for tag, _ in images)} loaded"}


def complete(archive: Path, images: list[dict]) -> None:
    """Say in the archive itself, which is a copy, what is in it, where only OCI's index does.

    That has the same files as `docker save` writes; Docker reads no index.
    """
    manifest = [
        {"Config": image["parts"][0], "RepoTags": image["tags"], "Layers": image["parts"][1:]}
        for image in images
        if image.get("parts")
    ]
    if not manifest:
        return
    unpacked = archive.with_name(f"{archive.name}.tar")
    try:
        with tarfile.open(archive) as tar, unpacked.open("wb") as out:
            tar.fileobj.seek(0)
            shutil.copyfileobj(tar.fileobj, out, 1 << 20)
        with tarfile.open(unpacked, "a") as tar:
            text = json.dumps(manifest).encode()
            entry = tarfile.TarInfo("manifest.json")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
        unpacked.replace(archive)
    finally:
        unpacked.unlink(missing_ok=True)


def drop(engine: Engine, record: Record, image: str) -> None:
    """Remove one without a name. One that a container needs stays, and is ours on."""
    found = engine.image(image)
    if found and not found.get("RepoTags"):
        engine.ask("DELETE", f"/images/{quote(image)}", fine=(404, 409))
    if not engine.image(image):
        record.images.pop(image, None)


def remove(engine: Engine, record: Record, args: argparse.Namespace) -> dict:
    """By name first: an image that somebody else has named, too, keeps that name."""
    for image, entry in [] if args.check else record.images.items():
        for tag in entry["tags"]:
            unname(engine, image, tag, new=entry["new"])
        if entry["new"] and (found := engine.image(image)) and not found.get("RepoTags"):
            engine.ask("DELETE", f"/images/{quote(image)}", fine=(404, 409))
    if not args.check:
        record.path.unlink(missing_ok=True)
    tags = [tag for entry in record.images.values() for tag in entry["tags"]]
    return {"changed": bool(record.images), "say": f"{', '.join(tags) or 'nothing'} removed"}


VERBS = {"missing": missing, "load": load, "tidy": tidy, "remove": remove}


def main() -> int:
    """Do one verb."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("verb", choices=sorted(VERBS))
    parser.add_argument("--socket", default="/var/run/docker.sock")
    parser.add_argument("--record", type=Path, default=Path("/var/lib/plancton-deploy/images"))
    parser.add_argument("--wanted", default="", help="JSON: path → images; of `load` images")
    parser.add_argument("--archive", default="")
    parser.add_argument("--check", action="store_true", help="only say what would be removed")
    args = parser.parse_args()
    try:
        print(json.dumps(VERBS[args.verb](Engine(args.socket), Record(args.record), args)))
    except OSError as error:
        raise SystemExit(f"the engine on {args.socket} cannot be asked: {error}") from error
    return 0


if __name__ == "__main__":
    sys.exit(main())
