"""Reads what `docker save` writes, of old engines and of new ones, without unpacking anything."""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import tarfile
import zlib
from pathlib import Path
from typing import Any, NamedTuple

PIECE = 1 << 20
# A configuration has some kB. More of it, or more files than this, is not read into memory.
JSON_BYTES = 8 << 20
MEMBERS = 100_000
DEPTH = 3
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
            manifest = _json(tar, members, "manifest.json")
            found = [_image(tar, members, entry) for entry in manifest]
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
