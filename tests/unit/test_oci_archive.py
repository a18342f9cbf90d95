"""What is read of archives in OCI's layout alone, and how those are refused that no engine could use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit import loaded
from tests.unit.saved_images import TAG, config, digest, oci, write

archive = loaded.load(loaded.ANSIBLE / "roles/debian_image/files/archive.py")
STATEMENT = {"digest": f"sha256:{'0' * 64}", "platform": {"architecture": "unknown", "os": "unknown"}}


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("above", [0, 1, 2])
def test_names_ids_and_files_are_told(tmp_path: Path, above: int, *, compressed: bool) -> None:
    files = oci(config(), above=above, beside=(STATEMENT,) if above else ())
    (image,) = archive.read(write(tmp_path / "a.tar", files, compressed=compressed))
    assert (image.tags, image.architecture, image.labels) == ((TAG,), "amd64", {"made.by": "us"})
    assert image.ids[0] == f"sha256:{digest(config())}"
    assert len(image.ids) == 2 + above
    about, layer = image.parts
    assert files[about] == config()
    assert files[layer].startswith(b"\x1f\x8b")


def test_the_whole_name_comes_before_a_mere_tag(tmp_path: Path) -> None:
    name = {"org.opencontainers.image.ref.name": "1", "io.containerd.image.name": "docker.io/lab/pilot:1"}
    (image,) = archive.read(write(tmp_path / "a.tar", oci(config(), name=name)))
    assert image.tags == ("docker.io/lab/pilot:1",)


@pytest.mark.parametrize("name", [{}, {"org.opencontainers.image.ref.name": "3"}])
def test_an_image_without_a_whole_name_is_refused(tmp_path: Path, name: dict[str, str]) -> None:
    with pytest.raises(archive.Unreadable, match="an image without a name"):
        archive.read(write(tmp_path / "a.tar", oci(config(), name=name)))


def test_what_is_for_several_architectures_is_refused(tmp_path: Path) -> None:
    files = oci(config(architecture="arm64"))
    (other,) = json.loads(files["index.json"])["manifests"]
    files |= oci(config(), above=1, beside=(other,))
    with pytest.raises(archive.Unreadable, match="2 images under one name: copy that of one architecture"):
        archive.read(write(tmp_path / "a.tar", files))


def test_layers_that_not_every_engine_reads_are_refused(tmp_path: Path) -> None:
    with pytest.raises(archive.Unreadable, match="compressed by zstd"):
        archive.read(write(tmp_path / "a.tar", oci(config(), packed="zstd")))


def test_a_layer_that_is_missing_is_told(tmp_path: Path) -> None:
    files = {name: text for name, text in oci(config()).items() if not text.startswith(b"\x1f\x8b")}
    with pytest.raises(archive.Unreadable, match=r"layer 'blobs/sha256/\w+' of lab/pilot:1 is missing"):
        archive.read(write(tmp_path / "a.tar", files))


@pytest.mark.parametrize(
    "index",
    [
        {},
        {"manifests": [{}]},
        {"manifests": [1]},
        {"manifests": [{"digest": "../../etc/passwd"}]},
        {"manifests": [{"digest": f"sha256:{'1' * 64}"}]},
    ],
)
def test_an_index_that_makes_no_sense_is_refused(tmp_path: Path, index: dict[str, Any]) -> None:
    files = {"index.json": json.dumps(index).encode()}
    with pytest.raises(archive.Unreadable, match=r"a\.tar is not what docker save writes"):
        archive.read(write(tmp_path / "a.tar", files))
