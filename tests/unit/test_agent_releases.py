"""The script by which a roll-out sees which releases of the agent are on a host, and which one runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.unit.loaded import ANSIBLE

SCRIPT = ANSIBLE / "roles/agent/files/releases.sh"
# Says that it is there, and stays until it is ended.
AGENT = "import time; print('here', flush=True); time.sleep(600)"
NEW, OLD = "0.2.0-bbbb", "0.1.0-aaaa"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A host that has nothing yet."""
    (tmp_path / "plancton").mkdir()
    return tmp_path / "plancton"


def install(top: Path, name: str, *, complete: bool = True) -> Path:
    home = top / name
    (home / "bin").mkdir(parents=True)
    (home / "bin/plancton").write_text(AGENT)
    (home / "bin/python3").symlink_to(sys.executable)
    if complete:
        (home / ".complete").touch()
    return home


def use(top: Path, name: str) -> None:
    (top / "current").unlink(missing_ok=True)
    (top / "current").symlink_to(top / name)


def look(top: Path, name: str = NEW) -> dict[str, Any]:
    argv = ["sh", "-s", str(top / name), str(top / "control.sock"), str(top / "plancton.yml")]
    told: dict[str, Any] = json.loads(subprocess.check_output(argv, input=SCRIPT.read_bytes(), timeout=60))
    free = shutil.disk_usage(top if top.exists() else top.parent).free >> 20
    assert abs(told.pop("free_megabytes") - free) <= max(100, free // 10)  # others write to this disk, too
    return told


@contextmanager
def running(top: Path, name: str) -> Iterator[None]:
    """An agent that was started by this release's interpreter."""
    (top / "control.sock").touch()
    argv = [str(top / name / "bin/python3"), str(top / "current/bin/plancton"), "run", "--keep-trying"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as agent:
        assert agent.stdout is not None
        assert agent.stdout.readline() == b"here\n"
        try:
            yield
        finally:
            agent.kill()


def test_a_bare_host_has_nothing(top: Path) -> None:
    nothing = {"complete": False, "current": False, "running": False, "earlier": "", "others": []}
    assert look(top) == nothing
    top.rmdir()
    assert look(top) == nothing


def test_what_is_there_and_runs_needs_nothing(top: Path) -> None:
    install(top, NEW)
    use(top, NEW)
    with running(top, NEW):
        assert look(top) == {
            "complete": True,
            "current": True,
            "running": True,
            "earlier": "",
            "others": [],
        }


def test_an_agent_that_a_run_has_left_behind_is_not_the_one_that_is_current(top: Path) -> None:
    old = install(top, OLD)
    install(top, NEW)
    use(top, NEW)
    with running(top, OLD):
        told = look(top)
    assert (told["current"], told["running"], told["others"]) == (True, False, [str(old)])


def test_an_agent_that_has_not_read_what_is_written_is_not_up_to_date(top: Path) -> None:
    install(top, NEW)
    use(top, NEW)
    settings = top / "plancton.yml"
    settings.touch()
    with running(top, NEW):
        started = (top / "control.sock").stat().st_mtime
        for age_seconds, up_to_date in ((1, True), (-1, False)):
            os.utime(settings, (started, started - age_seconds))
            assert look(top)["running"] is up_to_date
        settings.unlink()
        assert look(top)["running"]
        (top / "control.sock").unlink()
        assert not look(top)["running"]


def test_the_earlier_release_is_the_one_in_use(top: Path) -> None:
    old, other = install(top, OLD), install(top, "0.0.9-cccc")
    install(top, NEW, complete=False)
    use(top, OLD)
    told = look(top)
    assert (told["complete"], told["current"], told["earlier"]) == (False, False, str(old))
    assert told["others"] == [str(other), str(old)]


def test_after_a_run_that_was_cut_short_it_is_the_one_whose_files_were_kept(top: Path) -> None:
    old = install(top, OLD)
    install(top, "0.0.9-cccc")
    install(top, NEW)
    use(top, NEW)
    assert look(top)["earlier"] == ""
    (old / "kept.tar").touch()
    assert look(top)["earlier"] == str(old)
    # Also where a third release is to come, and whatever they are called.
    newest = install(top, "0.2.0-0000", complete=False)
    assert look(top, newest.name)["earlier"] == str(old)


def test_an_agent_whose_user_was_put_into_another_group_since_is_not_up_to_date(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(top, NEW)
    use(top, NEW)
    with running(top, NEW):
        assert look(top)["running"]
        (tmp_path / "id").write_text('#!/bin/sh\necho "$(/usr/bin/id "$@") 4711"\n')
        (tmp_path / "id").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        assert not look(top)["running"]
