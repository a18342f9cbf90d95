"""What the control node keeps of images that are carried: whole ones, the newest of each, named for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit import loaded
from tests.unit.saved_images import TAG, config, digest, old, write

CARRY = loaded.ANSIBLE / "roles/debian_image/files/carry.py"
RECIPE = "ab" * 32


def carry(verb: str, path: Path, *more: str, recipe: str = RECIPE, architecture: str = "amd64") -> str:
    """What it says; fails with its complaint."""
    command = [sys.executable, "-B", str(CARRY), verb, "--archive", str(path), "--image", TAG]
    command += ["--digest", recipe, "--architecture", architecture, *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise ValueError(done.stderr.strip())
    return str(json.loads(done.stdout)["say"])


def made(path: Path, recipe: str = RECIPE) -> Path:
    text = config(config={"Labels": {"plancton.image.inputs": recipe}})
    return write(path, old(text), compressed=True)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    return folder


def test_the_name_tells_image_architecture_recipe_and_content(tmp_path: Path, cache: Path) -> None:
    path = made(tmp_path / "a")
    content = digest(path.read_bytes())
    said = carry("keep", path, "--cache", str(cache))
    assert said == str(cache / f"lab-pilot-1-amd64-{RECIPE[:12]}.{content}.tar.gz")
    assert [str(file) for file in cache.iterdir()] == [said]
    assert not path.exists()


def test_a_newer_one_takes_the_place_of_its_own_kind_alone(tmp_path: Path, cache: Path) -> None:
    others = {
        f"lab-pilot-1-arm64-{'0' * 12}.{'0' * 64}.tar.gz",
        f"lab-pilot-12-amd64-{'0' * 12}.tar.gz",
        "mine",
    }
    for name in others:
        (cache / name).touch()
    carry("keep", made(tmp_path / "a"), "--cache", str(cache))
    newer = carry("keep", made(tmp_path / "b", "cd" * 32), "--cache", str(cache), recipe="cd" * 32)
    assert {file.name for file in cache.iterdir()} == others | {Path(newer).name}


def test_what_is_not_what_was_asked_for_is_not_kept(tmp_path: Path, cache: Path) -> None:
    path = made(tmp_path / "a")
    with pytest.raises(ValueError, match="did not bring lab/pilot:1 of that recipe"):
        carry("keep", path, "--cache", str(cache), recipe="cd" * 32)
    with pytest.raises(ValueError, match="is for amd64, not for arm64"):
        carry("keep", path, "--cache", str(cache), architecture="arm64")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="is not a whole archive"):
        carry("keep", path, "--cache", str(cache))
    assert list(cache.iterdir()) == []


def test_a_damaged_archive_does_not_reach_the_engine(tmp_path: Path) -> None:
    path = made(tmp_path / "a")
    with pytest.raises(ValueError, match="is damaged: remove it from build/images"):
        carry("load", path, "--sha256", "0" * 64, "--socket", str(tmp_path / "none.sock"))
    with pytest.raises(ValueError, match="cannot be carried"):  # whole, but here is no engine
        carry("load", path, "--sha256", digest(path.read_bytes()), "--socket", str(tmp_path / "none.sock"))
