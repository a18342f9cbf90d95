"""The script by which a roll-out sees whether anything is missing around an agent."""

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

from tests.unit import loaded

SCRIPT = loaded.ANSIBLE / "roles/agent/files/around.py"
ME = pwd.getpwuid(os.getuid())
MINE = {"owner": ME.pw_name, "group": grp.getgrgid(os.getgid()).gr_name}
# Says that it is there, and stays until it is ended.
GUARD = "import time; print('here', flush=True); time.sleep(600)"


def look(**wanted: Any) -> dict[str, Any]:
    nothing = {"home": "", "shell": "", "comment": "", "owners": [], "socket": "/nowhere", "guard": []}
    surroundings = {"user": ME.pw_name, "guards": ["-"], "guard_starts": [], "starts": [], "written": []}
    argument = json.dumps(nothing | surroundings | wanted)
    told: dict[str, Any] = json.loads(subprocess.check_output([sys.executable, str(SCRIPT), argument]))
    return told


def entries(top: Path) -> list[dict[str, Any]]:
    """As the role has them: a directory, a file and a link."""
    return [
        {"path": str(top / "etc"), "mode": "0755", **MINE},
        {"path": str(top / "etc/file"), "content": "one\n", "mode": "0640", **MINE},
        {"path": str(top / "link"), "src": str(top / "etc")},
    ]


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A host on which they are as they should be."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc").chmod(0o755)
    (tmp_path / "etc/file").write_text("one\n")
    (tmp_path / "etc/file").chmod(0o640)
    (tmp_path / "link").symlink_to(tmp_path / "etc")
    return tmp_path


def is_written(top: Path, more: tuple[dict[str, Any], ...] = ()) -> bool:
    told = loaded.plugin("written").told_by_digests([*entries(top), *more])
    assert "one" not in json.dumps(told)
    return bool(look(written=told)["written"])


def test_what_is_as_it_should_be_is_left_alone(top: Path) -> None:
    assert is_written(top)


@pytest.mark.parametrize(
    "change",
    [
        "echo two >>etc/file",
        "rm etc/file",
        "chmod 0644 etc/file",
        "chmod 0700 etc",
        "rm etc/file && mkdir -m 0640 etc/file",
        "mv etc/file elsewhere && ln -s $PWD/elsewhere etc/file",
        "rm link",
        "ln -sfn elsewhere link",
        "rm link && mkdir link",
        "mv etc there && ln -s there etc",
    ],
)
def test_what_somebody_has_changed_is_seen(top: Path, change: str) -> None:
    subprocess.run(["sh", "-ec", change], cwd=top, check=True)
    assert not is_written(top)


def test_what_belongs_to_somebody_else_is_seen(top: Path) -> None:
    stranger = {"path": str(top / "etc/file"), "content": "one\n", "mode": "0640", **MINE, "owner": "nobody"}
    assert not is_written(top, more=(stranger,))


def test_a_digest_that_is_known_already_is_taken_as_it_is_and_none_fits_nothing(top: Path) -> None:
    file = {"path": str(top / "etc/file"), "mode": "0640", **MINE}
    assert is_written(
        top, more=(file | {"digest": loaded.plugin("written").told_by_digests(entries(top))[1]["digest"]},)
    )
    assert not is_written(top, more=(file | {"digest": ""},))


def test_a_guard_counts_that_runs_and_is_to_start_at_a_boot(top: Path) -> None:
    words, starts = [str(top / "bin/plancton"), "guard-network"], [str(top / "li*")]
    assert not look(guards=words, guard_starts=starts)["guards"]
    with subprocess.Popen([sys.executable, "-c", GUARD, *words], stdout=subprocess.PIPE) as guard:
        assert guard.stdout is not None
        assert guard.stdout.readline() == b"here\n"
        try:
            assert look(guards=words, guard_starts=starts)["guards"]
            assert not look(guards=words, guard_starts=[str(top / "no*")])["guards"]
        finally:
            guard.kill()
