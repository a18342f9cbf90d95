"""A wish that cannot be understood is a drain: in doubt nothing grows, and nothing is killed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancton.intent import path_in, read, write
from plancton.model import Wish, WishKind

GOOD = {"kind": "pause", "until": None, "release_before": 0, "at": 0}
FOREIGN: list[tuple[str, object]] = [
    ("kind", "party"),
    ("kind", ["pause"]),
    ("kind", None),
    ("until", "tomorrow"),
    ("until", "5"),
    ("until", True),
    ("until", [1]),
    ("until", 10**400),
    ("until", float("inf")),
    ("until", float("nan")),
    ("until", -1),
    ("release_before", None),
    ("release_before", float("inf")),
    ("at", {}),
    ("reason", 7),
    ("reason", "two\nlines"),
    ("reason", "x" * 201),
]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        '"pause"',
        "{}",
        '{"kind": "pause"}',
        "[" * 4000,
        "\x00\x01",
        json.dumps({**GOOD, "at": "x" * 100_000}),
        *(json.dumps({**GOOD, key: value}) for key, value in FOREIGN),
    ],
)
def test_what_cannot_be_understood_is_a_drain(path: Path, content: str) -> None:
    path.write_text(content)
    wish = read(path)
    assert (wish.kind, wish.until) == (WishKind.DRAIN, None)
    assert str(path) in wish.by


def test_bytes_that_are_no_text_are_a_drain(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x80")
    assert read(path).kind is WishKind.DRAIN


def test_what_is_no_file_is_a_drain_and_does_not_hang(path: Path, tmp_path: Path) -> None:
    path.mkdir()
    assert read(path).kind is WishKind.DRAIN
    path.rmdir()
    os.mkfifo(path)
    assert read(path).kind is WishKind.DRAIN
    path.unlink()
    secret = tmp_path / "other.json"
    write(secret, Wish())
    path.symlink_to(secret)
    assert read(path).kind is WishKind.DRAIN


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return path_in(str(tmp_path))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries(dict.fromkeys(GOOD, json_values)))
def test_reading_never_raises(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content))
    assert read(path).kind in WishKind
