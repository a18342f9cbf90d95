"""The script by which a roll-out sees how a host stands to a service."""

from __future__ import annotations

import json
import os
import pwd
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.unit.loaded import ANSIBLE

SCRIPT = (ANSIBLE / "files/service.py").read_text()
SLEEPER = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)", "of-this-test"]


def look(**wanted: Any) -> dict[str, Any]:
    told = subprocess.check_output([sys.executable, "-c", SCRIPT, json.dumps(wanted)], timeout=60)
    return dict(json.loads(told))


def test_only_what_is_asked_for_is_told(tmp_path: Path) -> None:
    assert look() == {}
    paths = {"there": str(tmp_path), "not": str(tmp_path / "a")}
    assert look(paths=paths) == {"paths": {"there": True, "not": False}}


def test_an_address_where_somebody_listens_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        address = f"127.0.0.1:{somebody.getsockname()[1]}"
        assert look(address=address) == {"address": True}
    assert look(address=address) == {"address": False}


def test_a_process_is_known_by_all_of_its_words() -> None:
    with subprocess.Popen(SLEEPER, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            assert look(argv=SLEEPER) == {"argv": True}
            assert look(argv=SLEEPER[:-1]) == {"argv": False}
        finally:
            process.kill()
    assert look(argv=SLEEPER) == {"argv": False}


def test_one_link_is_enough_to_start_at_a_boot(tmp_path: Path) -> None:
    patterns = [str(tmp_path / "S*service"), str(tmp_path / "service.service")]
    assert look(starts=patterns) == {"starts": False}
    (tmp_path / "S02service").symlink_to("/nowhere")
    assert look(starts=patterns) == {"starts": True}


def test_a_user_is_there_only_as_described() -> None:
    found = pwd.getpwnam("root")
    user = {"name": "root", "home": found.pw_dir, "shell": found.pw_shell, "comment": found.pw_gecos}
    assert look(user=user) == {"user": True}
    assert look(user=user | {"home": "/nowhere"}) == {"user": False}
    assert look(user=user | {"name": "nobody-of-that-name"}) == {"user": False}


def test_a_package_that_nobody_has_is_not_installed() -> None:
    assert look(package="plancton-of-no-archive") == {"package": False}


def test_what_is_younger_than_the_mark_was_not_read(tmp_path: Path) -> None:
    mark, file = tmp_path / "mark", tmp_path / "file"
    wanted = {"mark": str(mark), "files": [str(file), str(tmp_path / "to come")]}
    assert look(read=wanted) == {"read": False}
    for path in (mark, file):
        path.touch()
    left = mark.stat().st_mtime_ns
    for age_nanoseconds, read in ((1, True), (0, True), (-1, False)):
        os.utime(file, ns=(left, left - age_nanoseconds))
        assert look(read=wanted) == {"read": read}
