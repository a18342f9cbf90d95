"""The operators' own images: where their archives are, and what is wrong with them, in sentences."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit import loaded
from tests.unit.saved_images import TAG, config, digest, old, write

LOOK = loaded.ANSIBLE / "roles/debian_image/files/look.py"


def problems(*paths: Path, machine: str = "x86_64") -> list[str]:
    """With what the control node finds in them."""
    names = [str(path) for path in paths]
    command = [sys.executable, "-B", str(LOOK), *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found: list[str] = loaded.plugin("archives").archive_problems(
        json.loads(done.stdout), names, "pc01", machine
    )
    return found


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        ({}, []),
        ({"pilot_image_archives": []}, []),
        ({"inventory_dir": "/site", "pilot_image_archives": ["files/a.tar"]}, ["/site/files/a.tar"]),
        ({"inventory_dir": "/site", "pilot_image_archives": ["/srv/a.tar", "b"]}, ["/srv/a.tar", "/site/b"]),
        ({"inventory_dir": "/site", "pilot_image_archives": "a.tar, /b.tar"}, ["/site/a.tar", "/b.tar"]),
        ({"inventory_dir": None, "pilot_image_archives": ["a.tar"]}, ["a.tar"]),
        ({"inventory_dir": "/site", "pilot_image_archives": ["~/a.tar"]}, [str(Path.home() / "a.tar")]),
    ],
)
def test_a_relative_path_begins_at_the_inventory(settings: dict[str, Any], paths: list[str]) -> None:
    assert loaded.plugin("archives").archive_paths(settings) == paths


def test_what_serves_the_host_is_no_problem(tmp_path: Path) -> None:
    assert problems(write(tmp_path / "a.tar", old(config()))) == []
    arm = write(tmp_path / "b.tar", old(config(architecture="arm64")))
    assert problems(arm, machine="aarch64") == []


def test_each_problem_is_one_sentence_that_names_the_file(tmp_path: Path) -> None:
    absent = tmp_path / "absent.tar"
    torn = tmp_path / "torn.tar.gz"
    torn.write_bytes(write(tmp_path / "whole", old(config()), compressed=True).read_bytes()[:150])
    nameless = write(tmp_path / "nameless.tar", old(config(), tags=[]))
    foreign = write(tmp_path / "foreign.tar", {"oci-layout": b"{}"})
    arm = write(tmp_path / "arm.tar", old(config(architecture="arm64")))
    begin = "pilot_image_archives: "
    first, second, third, fourth, fifth, sixth = problems(absent, torn, nameless, foreign, arm, tmp_path)
    assert first == f"{begin}{absent} is not there"
    assert second.startswith(f"{begin}{torn} is not a whole archive: ")
    assert third.startswith(f"{begin}{nameless} is not what docker save writes: it has an image without")
    assert fourth == f"{begin}{foreign} is not what docker save writes: it has no file 'manifest.json'"
    assert fifth == f"{begin}{arm} is for arm64, and pc01 is amd64"
    assert sixth == f"{begin}{tmp_path} cannot be read: Is a directory"


def test_two_archives_do_not_bring_one_name(tmp_path: Path) -> None:
    one, two = (write(tmp_path / name, old(config())) for name in ("one", "two"))
    assert problems(one, two) == [f"pilot_image_archives: {one} and {two} both bring {TAG}"]
    assert problems(one, one) == []


def test_the_control_node_tells_names_and_ids(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar", old(config()))
    done = subprocess.run(
        [sys.executable, "-B", str(LOOK), str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    (image,) = json.loads(done.stdout)[str(path)]["images"]
    about = {"tags": [TAG], "ids": [f"sha256:{digest(config())}"], "architecture": "amd64"}
    assert image == {**about, "parts": []}
