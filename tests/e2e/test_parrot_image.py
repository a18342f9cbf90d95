"""An image with Parrot, made by a real engine out of one without and an archive that the operator gives.

No release of cctools can be had here: scripts stand in for parrot_run, as far as its word on itself goes.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

SCRIPT = Path(__file__).parents[2] / "ansible/roles/parrot_image/files/parrot_image.py"
IMAGE = "plancton-test/parrot:e2e"
SAYS = "#!/bin/sh\n[ \"$1\" = --help ] || exit 9\necho 'Enabled filesystems are: {}'\nexit 1\n"
WITH_CVMFS = SAYS.format("http grow ftp chirp cvmfs")


def archive_of(folder: Path, **files: str) -> Path:
    """A release as it is unpacked: one directory with bin and lib. A name's `__` is a slash."""
    path = folder / "cctools.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"cctools-7.0-x86_64/{name.replace('__', '/')}")
            entry.size, entry.mode = len(content.encode()), 0o755
            tar.addfile(entry, io.BytesIO(content.encode()))
    return path


def make(base: str, archive: Path, *, sha256: str | None = None) -> subprocess.CompletedProcess[str]:
    known = hashlib.sha256(archive.read_bytes()).hexdigest()
    command = [sys.executable, str(SCRIPT), "--base", base, "--image", IMAGE, "--archive", str(archive)]
    command += ["--sha256", sha256 or known]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    found = docker.from_env(timeout=60)
    yield found
    for image in found.images.list("plancton-test/parrot"):
        found.images.remove(image.tags[0], force=True)
    found.close()


def test_parrot_and_its_wrapper_are_added_once_and_the_rest_of_the_release_is_not(
    tmp_path: Path, image: str, client: docker.DockerClient
) -> None:
    others = {
        "lib__libparrot_helper.so": "a library",
        "bin__chirp_server": "not wanted",
        "lib__a.a": "nor is",
    }
    archive = archive_of(tmp_path, bin__parrot_run=WITH_CVMFS, **others)
    done = make(image, archive)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"] is True
    about = client.images.get(IMAGE).attrs["Config"]
    assert "_CONDOR_USER_JOB_WRAPPER=/parrot/job" in about["Env"]
    before = client.images.get(image).attrs["Config"]
    assert (about["Entrypoint"], about["Cmd"], about["User"]) == tuple(
        before[key] for key in ("Entrypoint", "Cmd", "User")
    )
    listed = client.containers.run(IMAGE, ["-l", "/parrot"], entrypoint="ls", remove=True).decode()
    assert [line.split()[-1] for line in listed.splitlines()[1:]] == [
        "inside",
        "job",
        "libparrot_helper.so",
        "parrot_run",
    ]
    assert json.loads(make(image, archive).stdout) == {"changed": False, "say": "up to date"}
    assert [tag for found in client.images.list() for tag in found.tags if "unchecked" in tag] == []


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"bin__chirp": "x"}, "has no bin/parrot_run; is it a release of cctools, built with Parrot?"),
        (
            {"bin__parrot_run": SAYS.format("http ftp chirp")},
            "its parrot_run was built without CVMFS; it has: http ftp chirp",
        ),
        (
            {"bin__parrot_run": "#!/bin/sh\necho libfuse.so.2 not found >&2\nexit 127\n"},
            "its parrot_run does not run in this image: libfuse.so.2 not found",
        ),
    ],
)
def test_an_archive_that_does_not_serve_is_refused_in_a_sentence(
    tmp_path: Path, image: str, client: docker.DockerClient, files: dict[str, str], why: str
) -> None:
    archive = archive_of(tmp_path, **files)
    done = make(image, archive)
    assert done.returncode == 1
    assert done.stderr == f"{archive}: {why}\n"
    assert client.images.list("plancton-test/parrot") == []


def test_what_is_not_the_archive_that_was_meant_is_not_even_opened(
    tmp_path: Path, image: str, client: docker.DockerClient
) -> None:
    archive = archive_of(tmp_path, bin__parrot_run=WITH_CVMFS)
    done = make(image, archive, sha256="0" * 64)
    assert done.returncode == 1
    assert "its SHA-256 is" in done.stderr
    archive.write_text("not a tar archive")
    assert "is no tar archive" in make(image, archive).stderr
    assert make("plancton-test/none:1", archive).stderr.startswith("the image plancton-test/none:1, which")
    assert client.images.list("plancton-test/parrot") == []
