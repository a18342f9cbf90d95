"""The Ansible module that has several files as they should be, in one go."""

from __future__ import annotations

import grp
import json
import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.roles_play import REPOSITORY

MINE = {"owner": pwd.getpwuid(os.getuid()).pw_name, "group": grp.getgrgid(os.getgid()).gr_name}


def have(*entries: dict[str, Any], check: bool = False, absent: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the module says, asked by Ansible itself on this machine."""
    wanted = {"entries": [MINE | one for one in entries], "absent": absent}
    words = [str(Path(sys.executable).with_name("ansible")), "localhost", "-i", "localhost,", "-c", "local"]
    words += ["-m", "files", "-a", json.dumps(wanted)]
    words += ["--diff", *(["--check"] if check else [])]
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.oneline",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(words, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    said: dict[str, Any] = json.loads(done.stdout.partition("=> ")[2].splitlines()[0])
    return said


def entries(folder: Path) -> list[dict[str, Any]]:
    return [
        {"path": f"{folder}/there", "mode": "0750"},
        {"path": f"{folder}/deep/below", "mode": "0700"},
        {"path": f"{folder}/there/secret", "content": "a word\n", "mode": "0600"},
        {"path": f"{folder}/link", "src": f"{folder}/there"},
    ]


def paths(folder: Path) -> list[str]:
    return [entry["path"] for entry in entries(folder)]


def test_it_tells_what_it_would_do_does_it_and_has_nothing_more_to_do(tmp_path: Path) -> None:
    wanted = entries(tmp_path)
    assert have(*wanted, check=True)["written"] == paths(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert have(*wanted)["written"] == paths(tmp_path)
    secret = tmp_path / "link" / "secret"
    assert secret.read_text() == "a word\n"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in secret.parent.iterdir()] == ["secret"]
    again = have(*wanted)
    assert (again["changed"], again["written"]) == (False, [])


def test_rights_and_a_link_that_somebody_has_changed_are_put_right(tmp_path: Path) -> None:
    have(*entries(tmp_path))
    (tmp_path / "there/secret").chmod(0o644)
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("/nowhere")
    assert have(*entries(tmp_path))["written"] == paths(tmp_path)[2:]
    assert (tmp_path / "there/secret").stat().st_mode & 0o777 == 0o600
    assert str((tmp_path / "link").readlink()) == str(tmp_path / "there")


def test_what_its_command_refuses_is_not_put_in_place(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("good\n")
    said = have({"path": str(file), "content": "bad\n", "validate": ["grep", "--quiet", "good", "%s"]})
    assert said["msg"].startswith(f"{file} is refused")
    assert (file.read_text(), list(tmp_path.iterdir())) == ("good\n", [file])


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_what_is_somebodys_is_not_replaced_by_a_link(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "link"
    if kind == "file":
        place.write_text("somebody's\n")
    else:
        place.mkdir()
    said = have({"path": str(place), "src": str(tmp_path)})
    assert said["msg"] == f"{place} is not a link, and not ours to replace"
    assert place.exists()
    assert not place.is_symlink()


def test_what_is_to_be_absent_goes_and_a_link_goes_alone(tmp_path: Path) -> None:
    have(*entries(tmp_path))
    theirs = tmp_path / "deep/below/theirs"
    theirs.write_text("somebody's\n")
    (tmp_path / "dangling").symlink_to("/nowhere")
    (tmp_path / "there/to-theirs").symlink_to(theirs.parent)
    gone = tuple(f"{tmp_path}/{name}" for name in ("link", "dangling", "there", "nothing"))
    said = have(check=True, absent=gone)
    assert (said["changed"], said["written"]) == (True, list(gone[:3]))
    assert (tmp_path / "there/secret").exists()
    assert have(absent=gone)["written"] == list(gone[:3])
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]
    assert theirs.read_text() == "somebody's\n"
    assert have(absent=gone)["changed"] is False
