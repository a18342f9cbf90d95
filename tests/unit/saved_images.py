"""Archives as `docker save` writes them, in the manner of old engines and of new ones; OCI's layout alone."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

TAG = "lab/pilot:1"
LAYER = b"a layer, which nobody unpacks here"


def digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def config(**more: Any) -> bytes:
    """An image's configuration."""
    return json.dumps({"architecture": "amd64", "config": {"Labels": {"made.by": "us"}}, **more}).encode()


def old(text: bytes, *, tags: list[str] | None = None) -> dict[str, bytes]:
    """Name in the archive → content."""
    name = f"{digest(text)}.json"
    entry = {"Config": name, "RepoTags": [TAG] if tags is None else tags, "Layers": ["l/layer.tar"]}
    return {"l/layer.tar": LAYER, name: text, "manifest.json": json.dumps([entry]).encode()}


def layout(text: bytes) -> tuple[dict[str, bytes], list[str]]:
    """The layout of OCI, with an index above the manifest; and the digests of index and manifest."""
    blobs = [LAYER, text]
    manifest = json.dumps({"config": {"digest": f"sha256:{digest(text)}"}}).encode()
    upper = json.dumps({"manifests": [{"digest": f"sha256:{digest(manifest)}"}]}).encode()
    blobs += [manifest, upper]
    entry = {
        "Config": f"blobs/sha256/{digest(text)}",
        "RepoTags": [TAG],
        "Layers": [f"blobs/sha256/{digest(LAYER)}"],
    }
    files = {f"blobs/sha256/{digest(blob)}": blob for blob in blobs}
    files["index.json"] = json.dumps({"manifests": [{"digest": f"sha256:{digest(upper)}"}]}).encode()
    files["manifest.json"] = json.dumps([entry]).encode()
    return files, [f"sha256:{digest(upper)}", f"sha256:{digest(manifest)}"]


def oci(
    text: bytes,
    layer: bytes = LAYER,
    *,
    name: dict[str, str] | None = None,
    above: int = 0,
    beside: tuple[dict[str, Any], ...] = (),
    packed: str = "gzip",
) -> dict[str, bytes]:
    """As skopeo, buildah and buildx write it: no manifest.json, and the layer compressed.

    `above`: how many indices there are between index.json and the image; `beside`: what else the lowest of
    them, or index.json, lists.
    """
    blobs: dict[str, bytes] = {}

    def blob(content: bytes, media: str, **more: Any) -> dict[str, Any]:
        found = f"sha256:{digest(content)}"
        blobs[f"blobs/{found.replace(':', '/')}"] = content
        kind = f"application/vnd.oci.image.{media}"
        return {"mediaType": kind, "digest": found, "size": len(content), **more}

    layers = [blob(gzip.compress(layer, mtime=0), f"layer.v1.tar+{packed}")]
    about = {"schemaVersion": 2, "config": blob(text, "config.v1+json"), "layers": layers}
    parts = [blob(json.dumps(about).encode(), "manifest.v1+json"), *beside]
    for _ in range(above):
        parts = [blob(json.dumps({"manifests": parts}).encode(), "index.v1+json")]
    parts[0]["annotations"] = {"org.opencontainers.image.ref.name": TAG} if name is None else name
    index = json.dumps({"schemaVersion": 2, "manifests": parts}).encode()
    return {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": index, **blobs}


def write(path: Path, files: dict[str, bytes], *, compressed: bool = False) -> Path:
    """The archive."""
    with tarfile.open(path, "w:gz" if compressed else "w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path
