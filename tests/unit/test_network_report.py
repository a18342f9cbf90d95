"""What the guard writes is what the agent believes, and nothing else is."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from plancton.network.report import forget, why_not_guarded, write
from plancton.network.rules import Guard
from tests.nobody import NOBODY

GUARD = Guard("pl-x", internet=True, allow=())


def told(path: Path, guard: Guard = GUARD) -> str | None:
    missing = why_not_guarded(path, guard, check_seconds=30.0)
    return None if missing is None else missing.why


def test_it_is_guarded_when_the_guard_says_so(tmp_path: Path) -> None:
    path = tmp_path / "run-network" / "guard.json"
    write(path, GUARD, None)
    assert told(path) is None
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_guards_reason_is_passed_on(tmp_path: Path) -> None:
    write(tmp_path / "guard.json", GUARD, "iptables cannot be run: No such file or directory")
    assert told(tmp_path / "guard.json") == (
        "it is not guarded: iptables cannot be run: No such file or directory"
    )


def test_without_a_guard_nobody_guards_it(tmp_path: Path) -> None:
    path = tmp_path / "guard.json"
    assert "nobody guards it" in (told(path) or "")
    write(path, GUARD, None)
    forget(path)
    forget(path)
    assert "nobody guards it" in (told(path) or "")


def test_a_guard_with_another_configuration_does_not_count(tmp_path: Path) -> None:
    write(tmp_path / "guard.json", replace(GUARD, internet=False), None)
    assert "another configuration" in (told(tmp_path / "guard.json") or "")


@pytest.mark.parametrize("shift", [-91.0, 3600.0])
def test_a_guard_that_is_silent_or_of_another_boot_does_not_count(tmp_path: Path, shift: float) -> None:
    path = tmp_path / "guard.json"
    said = {"digest": GUARD.digest, "checked_at": time.monotonic() + shift, "why": None}
    path.write_text(json.dumps(said))
    assert "silent" in (told(path) or "")


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{}", '{"digest": 1, "checked_at": "x", "why": null}', "\xff"]
)
def test_what_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "guard.json"
    path.write_bytes(text.encode("latin-1"))
    assert "nobody knows whether it is guarded" in (told(path) or "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "guard.json"
    write(path, GUARD, None)
    os.chown(path, NOBODY, -1)
    assert "is not root's" in (told(path) or "")
