"""What is read of archives that docker save has written, and how others are refused."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.unit import loaded, saved_images
from tests.unit.saved_images import TAG, config, digest, layout, old, write

archive = loaded.load(loaded.ANSIBLE / "roles/debian_image/files/archive.py")


@pytest.mark.parametrize("compressed", [False, True])
def test_an_archive_of_an_old_engine_is_read(tmp_path: Path, *, compressed: bool) -> None:
    (image,) = archive.read(write(tmp_path / "a.tar", old(config()), compressed=compressed))
    assert (image.tags, image.architecture, image.labels) == ((TAG,), "amd64", {"made.by": "us"})
    assert image.ids == (f"sha256:{digest(config())}",)


@pytest.mark.parametrize("compressed", [False, True])
def test_the_layout_of_oci_tells_the_manifests_too(tmp_path: Path, *, compressed: bool) -> None:
    files, manifests = layout(config())
    (image,) = archive.read(write(tmp_path / "a.tar", files, compressed=compressed))
    assert image.ids == (f"sha256:{digest(config())}", *manifests)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.8, 0.99])
def test_half_an_archive_is_refused(tmp_path: Path, part: float, *, compressed: bool) -> None:
    whole = write(tmp_path / "a.tar", old(config(filler="x" * 50_000)), compressed=compressed).read_bytes()
    # Of an uncompressed one the end is nothing but zeros, which nobody misses.
    content = whole.rstrip(b"\0") if not compressed else whole
    (tmp_path / "half.tar").write_bytes(content[: int(len(content) * part)])
    with pytest.raises(archive.Unreadable, match=r"half\.tar is not"):
        archive.read(tmp_path / "half.tar")


def test_a_compressed_archive_with_another_byte_is_refused(tmp_path: Path) -> None:
    content = bytearray(write(tmp_path / "a.tar", old(config()), compressed=True).read_bytes())
    content[-6] ^= 1  # in its checksum
    (tmp_path / "a.tar").write_bytes(content)
    with pytest.raises(archive.Unreadable, match="not a whole archive"):
        archive.read(tmp_path / "a.tar")


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 10_240, b"PK\3\4 no tar", b"\x1f\x8b rubbish", b"x" * 5_000]
)
def test_what_is_no_archive_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.tar").write_bytes(content)
    with pytest.raises(archive.Unreadable, match=r"a\.tar is not"):
        archive.read(tmp_path / "a.tar")


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(archive.Unreadable, match="is not there"):
        archive.read(tmp_path / "a.tar")
    with pytest.raises(archive.Unreadable, match="cannot be read: Is a directory"):
        archive.read(tmp_path)


BAD = {
    "[]": "has no image",
    "{}": "has no image",
    "[1]": "not what docker save writes",
    '{"a": 1}': "not what docker save writes",
    '[{"RepoTags": ["a:1"]}]': "Config",
    '[{"Config": "../../etc/passwd", "RepoTags": ["a:1"], "Layers": []}]': "no file '../../etc/passwd'",
    '[{"Config": ["a"], "RepoTags": ["a:1"], "Layers": []}]': "not what docker save writes",
    "not JSON": "not what docker save writes",
}


@pytest.mark.parametrize(("manifest", "told"), BAD.items())
def test_a_manifest_that_makes_no_sense_is_refused(tmp_path: Path, manifest: str, told: str) -> None:
    with pytest.raises(archive.Unreadable, match=told):
        archive.read(write(tmp_path / "a.tar", {"manifest.json": manifest.encode()}))


@pytest.mark.parametrize("tag", ["--check:1", "a:1 b", "a:1\n", "../x:1", "a", "a:1?force=1", "a:1'"])
def test_a_name_that_no_engine_gives_is_refused(tmp_path: Path, tag: str) -> None:
    with pytest.raises(archive.Unreadable, match="is no name of an image"):
        archive.read(write(tmp_path / "a.tar", old(config(), tags=[tag])))


def test_an_image_without_a_name_or_a_layer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(archive.Unreadable, match="without a name"):
        archive.read(write(tmp_path / "a.tar", old(config(), tags=[])))
    files = {name: text for name, text in old(config()).items() if not name.startswith("l/")}
    with pytest.raises(archive.Unreadable, match=r"layer 'l/layer\.tar'.* is missing"):
        archive.read(write(tmp_path / "a.tar", files))


def test_a_link_in_place_of_a_configuration_is_not_followed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar", {"secret": b"{}"})
    with tarfile.open(path, "a") as tar:
        link = tarfile.TarInfo("manifest.json")
        link.type, link.linkname = tarfile.SYMTYPE, "secret"
        tar.addfile(link)
    with pytest.raises(archive.Unreadable, match=r"no file 'manifest\.json'"):
        archive.read(path)


def test_what_would_fill_the_memory_is_not_read(tmp_path: Path) -> None:
    files = {"manifest.json": b" " * (archive.JSON_BYTES + 1)}
    with pytest.raises(archive.Unreadable, match="too large"):
        archive.read(write(tmp_path / "a.tar", files, compressed=True))


def test_an_index_that_leads_to_itself_comes_to_an_end(tmp_path: Path) -> None:
    files, _ = layout(config())
    own = json.dumps({"manifests": [{"digest": "sha256:loop"}]}).encode()
    files |= {"index.json": own, "blobs/sha256/loop": own}
    (image,) = archive.read(write(tmp_path / "a.tar", files))
    assert image.ids == (f"sha256:{digest(config())}",)


def test_the_checksum_is_that_of_the_whole_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(saved_images.LAYER)
    assert archive.checksum(tmp_path / "a") == digest(saved_images.LAYER)
