"""An operator's own image, out of an archive on the control node, by the role `pilot_image` in this engine.

The tests are one story, in the order of the file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.e2e.roles_play import DONORS, REPOSITORY, run_playbook
from tests.unit import loaded, saved_images

pytestmark = pytest.mark.timeout(600)

FILES = REPOSITORY / "ansible/roles/pilot_image/files"
PLAY = DONORS + "    - ansible.builtin.include_role: {name: pilot_image}\n"
EMPTY = bytes(10240)  # of tar
INVENTORY = "[donors]\nhere ansible_connection=local\n"


class Site:
    """An inventory with an archive below it, and a donor that keeps everything of ours there, too."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.docker = docker.from_env(timeout=60)
        self.name = f"plancton-test-site-{uuid.uuid4().hex[:8]}"
        self.tag = f"{self.name}:3"
        self.archive = directory / "files/worker.tar"
        self.archive.parent.mkdir()
        self.playbook = directory / "play.yml"
        self.playbook.write_text(PLAY)

    def save(self, word: str, tag: str = "", *, oci: bool = False) -> str:
        """An archive of an image that says so, as of `docker save` or of skopeo; returns the image's id."""
        tree = loaded.load(FILES / "pilot_image.py").tree("/bin/busybox", b"")
        text = saved_images.config(
            os="linux",
            config={"Cmd": ["/bin/echo", word], "User": "10001"},
            rootfs={"type": "layers", "diff_ids": [f"sha256:{saved_images.digest(tree)}"]},
        )
        if oci:
            name = {"org.opencontainers.image.ref.name": self.tag}
            saved_images.write(self.archive, saved_images.oci(text, tree, name=name), compressed=True)
        else:
            files = saved_images.old(text, tags=[tag or self.tag])
            saved_images.write(self.archive, {**files, "l/layer.tar": tree})
        return f"sha256:{saved_images.digest(text)}"

    def play(self, *options: str, **more: Any) -> subprocess.CompletedProcess[str]:
        settings = {
            "pilot_image_name": f"{self.name}-embedded:1",
            "pilot_image_cache": str(self.directory / "cache"),
            "pilot_image_loader": str(self.directory / "loader"),
            "pilot_image_record": str(self.directory / "record/images"),
            "pilot_image_archives": ["files/worker.tar"],
            **more,
        }
        return run_playbook(self.directory, self.playbook, INVENTORY, settings, *options)

    def id(self, tag: str = "") -> str:
        """That of an image of this engine, empty where it has none."""
        found = self.docker.images.list(name=tag or self.tag)
        return str(found[0].id) if found else ""

    def ask(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        """What the roles run on a donor, also to remove what was brought."""
        command = [sys.executable, "-B", str(self.directory / "loader/images.py"), verb]
        command += ["--record", str(self.directory / "record/images"), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def image(self, identity: str) -> dict[str, Any]:
        """As the control node tells what an archive brings."""
        return {"tags": [self.tag], "ids": [identity], "architecture": "amd64"}

    def load(self, word: str) -> str:
        """What a play does with a new archive; returns the image's id."""
        identity = self.save(word)
        wanted = json.dumps([self.image(identity)])
        done = self.ask("load", "--archive", str(self.archive), "--wanted", wanted)
        assert done.returncode == 0, done.stderr
        return identity

    def tidies(self, wanted: dict[str, Any] | None = None) -> bool:
        """Whether something had to go, with these archives."""
        done = self.ask("tidy", "--wanted", json.dumps(wanted or {}))
        assert done.returncode == 0, done.stderr
        return bool(json.loads(done.stdout)["changed"])

    def left(self) -> list[str]:
        """What the donor keeps beside images."""
        return sorted(path.name for path in (self.directory / "loader").iterdir())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    for image in site.docker.images.list(filters={"reference": f"{site.name}*"}):
        site.docker.images.remove(str(image.id), force=True)
    site.docker.close()


def test_what_cannot_serve_is_refused_before_anything_is_changed(site: Site) -> None:
    site.save("first")
    refused = site.play(pilot_image_archives=["files/worker.tar", "files/absent.tar"])
    told = " ".join(refused.stdout.split())
    assert f"pilot_image_archives: {site.directory}/files/absent.tar is not there" in told, told
    assert "changed=0 " in told
    assert site.id() == ""


def test_a_pilot_runs_from_an_image_that_no_registry_has(site: Site) -> None:
    first = site.play()
    assert first.returncode == 0, first.stdout + first.stderr
    said = site.docker.containers.run(site.tag, remove=True, network="none")
    assert said == b"first\n"
    assert site.left() == ["engine.py", "images.py"]
    again = site.play()
    assert "changed=0 " in again.stdout, again.stdout


def test_a_new_archive_takes_the_place_of_the_old_one(site: Site) -> None:
    # In OCI's layout, which Docker by itself does not read.
    older, newer = site.id(), site.save("second", oci=True)
    checked = site.play("--check")
    assert "changed=1 " in checked.stdout, checked.stdout
    assert site.id() == older
    second = site.play()
    assert second.returncode == 0, second.stdout + second.stderr
    assert site.id() == newer
    assert site.docker.containers.run(site.tag, remove=True, network="none") == b"second\n"
    assert older not in {image.id for image in site.docker.images.list()}
    assert site.left() == ["engine.py", "images.py"]


def test_a_name_is_not_taken_from_an_image_that_was_there_before(site: Site) -> None:
    site.docker.api.import_image_from_data(EMPTY, f"{site.name}-owners", "3")
    owners = f"{site.name}-owners:3"
    image = {"tags": [owners], "ids": [site.save("third", owners)], "architecture": "amd64"}
    refused = site.ask("missing", "--wanted", json.dumps({"worker.tar": [image]}))
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"worker.tar brings {owners}, which this host has already")


def test_removal_takes_what_was_brought_and_nothing_else(site: Site) -> None:
    owners, brought = f"{site.name}-owners:3", site.id()
    before = site.id(owners)
    assert site.ask("remove").returncode == 0
    assert brought not in {image.id for image in site.docker.images.list()}
    assert site.id(owners) == before
    assert not (site.directory / "record/images").exists()


def test_what_is_listed_no_more_goes_when_no_container_needs_it(site: Site) -> None:
    image = site.load("fourth")
    pilot = site.docker.containers.create(site.tag, network="none")
    kept = site.play(pilot_image_archives=[])
    assert "changed=0 " in kept.stdout, kept.stdout
    assert site.id() == image
    pilot.remove()
    told = site.ask("missing", "--wanted", "{}").stdout
    assert json.loads(told) == {"changed": True, "say": "to be tidied", "missing": [], "untidy": True}
    assert site.id() == image
    gone = site.play(pilot_image_archives=[])
    assert "changed=1 " in gone.stdout, gone.stdout
    assert image not in {one.id for one in site.docker.images.list()}
    assert not (site.directory / "record/images").exists()


def test_what_somebody_else_has_named_or_had_before_us_stays(site: Site) -> None:
    image, own = site.load("fifth"), f"{site.name}-own"
    site.docker.images.get(image).tag(own, "1")
    assert site.tidies()
    assert site.docker.images.get(image).tags == [f"{own}:1"]
    # It is the owner's now, and our archive brings the same one under another name.
    assert site.load("fifth") == image
    assert sorted(site.docker.images.get(image).tags) == sorted([site.tag, f"{own}:1"])
    assert site.tidies()
    assert site.docker.images.get(image).tags == [f"{own}:1"]
    # Somebody gives the name to another image: that one is not from us.
    site.load("fifth")
    site.docker.images.get(f"{site.name}-owners:3").tag(site.name, "3")
    assert not site.tidies()
    assert site.id() == site.id(f"{site.name}-owners:3")


def test_a_former_image_that_a_pilot_needed_goes_after_it(site: Site) -> None:
    site.docker.images.remove(site.tag)
    former = site.load("sixth")
    pilot = site.docker.containers.create(site.tag, network="none")
    newer = site.load("seventh")
    wanted = {"worker.tar": [site.image(newer)]}
    assert not site.tidies(wanted)
    assert site.docker.images.get(former).tags == []
    pilot.remove()
    assert site.tidies(wanted)
    assert former not in {one.id for one in site.docker.images.list()}
    assert site.id() == newer
