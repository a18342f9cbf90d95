"""The embedded image made without an engine, as the control node does, and loaded into one."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
import pytest

from tests.e2e.pilot_image import FILES

PILOT = (FILES / "pilot.sh").read_bytes()


def tell(*arguments: str) -> dict[str, Any]:
    """What the script prints; fails the test with what it says."""
    command = [sys.executable, str(FILES / "pilot_image.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture
def name() -> Iterator[str]:
    name = f"plancton-test-archive:{uuid4().hex[:8]}"
    yield name
    client = docker.from_env(timeout=60)
    if client.images.list(name=name):
        client.images.remove(name, force=True)
    client.close()


def pack(name: str, folder: Path, busybox: str = "/bin/busybox", script: bytes = PILOT) -> dict[str, Any]:
    pilot = base64.b64encode(script).decode()
    wanted = ["--image", name, "--archive", str(folder), "--busybox", busybox, "--pilot", pilot]
    return tell("pack", *wanted, "--socket", "/no/engine")


def test_what_was_packed_once_is_loaded_once_and_runs(name: str, tmp_path: Path) -> None:
    packed = pack(name, tmp_path)
    made = Path(packed["say"]).stat().st_mtime_ns
    assert pack(name, tmp_path) == packed
    assert Path(packed["say"]).stat().st_mtime_ns == made

    wanted = ["--image", name, "--archive", packed["say"], "--digest", packed["digest"]]
    assert [tell("load", *wanted)["changed"] for _ in range(2)] == [True, False]

    with contextlib.closing(docker.from_env(timeout=60)) as client:
        pilot = client.containers.run(name, detach=True, environment={"PILOT_SECONDS": "1"}, network="none")
        try:
            assert pilot.wait(timeout=60)["StatusCode"] == 0, pilot.logs()
        finally:
            pilot.remove(force=True)


def test_what_is_packed_anew_takes_the_place_of_what_was_there(name: str, tmp_path: Path) -> None:
    (tmp_path / "somebodys.tar.gz").touch()
    other = pack(f"{name}-other", tmp_path)["say"]
    older = pack(name, tmp_path)["say"]
    newer = pack(name, tmp_path, script=b"exit 0")["say"]
    assert newer != older
    assert {str(path) for path in tmp_path.iterdir()} == {newer, other, str(tmp_path / "somebodys.tar.gz")}


def test_what_cannot_be_kept_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AssertionError, match=f"^{name} cannot be kept on the control node: .*file"):
        pack(name, tmp_path / "file")


def test_an_archive_of_something_else_is_refused(name: str, tmp_path: Path) -> None:
    packed = pack(name, tmp_path)
    with pytest.raises(AssertionError, match=f"did not bring {name}"):
        tell("load", "--image", name, "--archive", packed["say"], "--digest", "0" * 64)


def test_a_machine_without_a_static_busybox_packs_nothing(name: str, tmp_path: Path) -> None:
    assert pack(name, tmp_path, "/bin/sh")["say"] == ""
    assert list(tmp_path.iterdir()) == []
