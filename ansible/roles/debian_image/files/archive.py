"""Reads archives of images and unpacks nothing: what `docker save` writes, old or new, and OCI's layout."""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

PIECE = 1 << 20
# A configuration has some kB. More of it, or more files than this, is not read into memory.
JSON_BYTES = 8 << 20
MEMBERS = 100_000
DEPTH = 3
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# By whom a name in OCI's layout was written: the first has the whole name, the second perhaps only a tag.
NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
TAG = re.compile(r"[a-z0-9][A-Za-z0-9._/:-]*:[A-Za-z0-9_][A-Za-z0-9_.-]*")
BROKEN = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError)


class Unreadable(ValueError):
    """A file that is no such archive, in one sentence that names it."""


class Saved(NamedTuple):
    """An image in an archive."""

    tags: tuple[str, ...]
    ids: tuple[str, ...]  # what an engine may call it: the digest of its configuration, then of its manifests
    architecture: str  # in the engines' words, as amd64
    labels: dict[str, str]
    # Of OCI's layout alone: files of the configuration and the layers, of which an engine has to be told.
    parts: tuple[str, ...] = ()


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
    return found.hexdigest()


def read(path: Path) -> list[Saved]:
    """The images of an archive, compressed or not, each with a name; raises Unreadable."""
    try:
        with tarfile.open(path) as tar:
            members = _members(tar)
            if "manifest.json" in members or "index.json" not in members:
                manifest = _json(tar, members, "manifest.json")
                found = [_image(tar, members, entry) for entry in manifest]
            else:
                entries = list(_entries(tar, members))
                parts = [(entry["Config"], *entry["Layers"]) for entry in entries]
                found = [
                    _image(tar, members, e)._replace(parts=p) for e, p in zip(entries, parts, strict=True)
                ]
            while tar.fileobj and tar.fileobj.read(PIECE):  # what is compressed has its checksum at its end
                pass
    except FileNotFoundError:
        raise Unreadable(f"{path} is not there") from None
    except (PermissionError, IsADirectoryError) as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}") from None
    except BROKEN as error:
        raise Unreadable(f"{path} is not a whole archive: {error or 'it ends too early'}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"{path} is not what docker save writes: {error}") from error
    if not found:
        raise Unreadable(f"{path} has no image in it")
    return found


def _members(tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    found: dict[str, tarfile.TarInfo] = {}
    for number, member in enumerate(tar):
        if number == MEMBERS:
            raise ValueError(f"it has more than {MEMBERS} files")
        found[member.name] = member
    return found


def _bytes(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], name: str) -> bytes:
    member = members.get(name)
    if member is None or not member.isreg():  # a link could lead anywhere
        raise ValueError(f"it has no file {name!r}")
    if member.size > JSON_BYTES:
        raise ValueError(f"{name!r} is too large")
    file = tar.extractfile(member)
    return file.read() if file else b""


def _json(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], name: str) -> Any:
    return json.loads(_bytes(tar, members, name))


def _image(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], entry: dict) -> Saved:
    text = _bytes(tar, members, entry["Config"])
    about = json.loads(text)
    tags = tuple(entry.get("RepoTags") or ())
    if not tags:
        raise ValueError("it has an image without a name, so save it by its name")
    for tag in tags:
        if not TAG.fullmatch(tag):
            raise ValueError(f"{tag!r} is no name of an image")
    for layer in entry["Layers"]:
        if layer not in members:
            raise ValueError(f"the layer {layer!r} of {tags[0]} is missing")
    config = f"sha256:{hashlib.sha256(text).hexdigest()}"
    manifests = _manifests(tar, members, config) if "index.json" in members else ()
    labels = (about.get("config") or {}).get("Labels") or {}
    return Saved(tags, (config, *manifests), str(about["architecture"]), dict(labels))


def _entries(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> Iterator[dict]:
    """What manifest.json would say of each image, of which only index.json tells."""
    for named in _json(tar, members, "index.json")["manifests"]:
        notes = named.get("annotations") or {}
        tags = [notes[key] for key in NAMES if ":" in notes.get(key, "")][:1]
        found = list(_single(tar, members, named, DEPTH))
        if len(found) != 1:
            raise ValueError(f"it has {len(found)} images under one name: copy that of one architecture")
        layers = found[0]["layers"]
        if [layer for layer in layers if layer["mediaType"].endswith("zstd")]:
            raise ValueError("it has layers that are compressed by zstd, which not every engine reads")
        blobs = [_blob(part["digest"]) for part in (found[0]["config"], *layers)]
        yield {"Config": blobs[0], "RepoTags": tags, "Layers": blobs[1:]}


def _single(
    tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], part: dict, depth: int
) -> Iterator[dict]:
    """The manifests of images below; what is for no machine, as a statement of origin, is left out."""
    if (part.get("platform") or {}).get("architecture") == "unknown":
        return
    about = _json(tar, members, _blob(part["digest"]))
    if "manifests" not in about:
        yield about
    elif depth:
        for below in about["manifests"]:
            yield from _single(tar, members, below, depth - 1)


def _blob(digest: str) -> str:
    """Where it is."""
    if not DIGEST.fullmatch(digest):
        raise ValueError(f"{digest!r} is no SHA-256")
    return f"blobs/{digest.replace(':', '/')}"


def _manifests(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], config: str) -> tuple[str, ...]:
    """In the layout of OCI: the digests of the manifests that lead to this configuration."""
    found: list[str] = []

    def leads(about: dict, depth: int) -> bool:
        if (about.get("config") or {}).get("digest") == config:
            return True
        below = [part["digest"] for part in about.get("manifests") or []]
        reached = [digest for digest in below if depth and follow(digest, depth - 1)]
        found.extend(reached)
        return bool(reached)

    def follow(digest: str, depth: int) -> bool:
        name = f"blobs/{digest.replace(':', '/')}"
        return name in members and leads(_json(tar, members, name), depth)

    leads(_json(tar, members, "index.json"), DEPTH)
    return tuple(dict.fromkeys(reversed(found)))
