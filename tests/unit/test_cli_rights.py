"""A user who is not in the group plancton is told so, in one sentence."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from plancton import intent
from plancton.cli.main import main
from plancton.model import Wish, WishKind
from plancton.web.server import listen_unix
from tests.nobody import as_nobody
from tests.unit.test_web import app_of


@pytest.fixture
def host() -> Iterator[Path]:
    """Directories as the set-up makes them; pytest's own are closed to everybody else."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    for name, mode in (("run", 0o750), ("state", 0o770)):
        (directory / name).mkdir()
        (directory / name).chmod(mode)
    paths = f"paths: {{run_directory: {directory}/run, state_directory: {directory}/state}}"
    (directory / "p.yml").write_text(paths)
    (directory / "p.yml").chmod(0o644)
    intent.write(directory / "state" / "intent.json", Wish(WishKind.PAUSE))
    server = listen_unix(app_of(None), directory / "run" / "control.sock")
    close_to_its_owner(directory)
    yield directory
    for name in ("run", "state"):
        (directory / name).chmod(0o700)
    server.shutdown()
    server.server_close()
    shutil.rmtree(directory, ignore_errors=True)


def close_to_its_owner(directory: Path) -> None:
    """Who runs the tests without being root owns the directories: they are closed to him too."""
    if os.geteuid() != 0:
        (directory / "run").chmod(0)
        (directory / "state").chmod(0)


def told(host: Path, *arguments: str) -> str:
    """Exit status and everything that is printed, for a user without rights."""

    def ask() -> str:
        output = io.StringIO()
        with redirect_stdout(output), redirect_stderr(output):
            status = main([*arguments, "--config.file", str(host / "p.yml")])
        return f"{status} {output.getvalue()}"

    return as_nobody(ask)


@pytest.mark.parametrize("verb", ["pause", "drain", "resume", "release"])
def test_a_wish_may_not_be_written(host: Path, verb: str) -> None:
    assert told(host, verb) == (
        f"2 plancton: you may not write {host}/state/intent.json: "
        "ask the administrator to put you into the group plancton\n"
    )


@pytest.mark.parametrize("verb", ["status", "why", "top"])
def test_the_agent_may_not_be_asked(host: Path, verb: str) -> None:
    assert told(host, verb) == (
        f"1 plancton: you may not use {host}/run/control.sock: "
        "ask the administrator to put you into the group plancton\n"
    )


def test_a_configuration_that_may_not_be_read_is_told_if_it_was_named(host: Path) -> None:
    (host / "p.yml").chmod(0)
    assert told(host, "status") == f"2 plancton: {host}/p.yml: cannot be read: Permission denied\n"
