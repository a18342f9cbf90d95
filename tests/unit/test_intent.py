"""The owner's wish on disk: it survives, tells who wished, and in doubt nothing grows."""

from __future__ import annotations

import json
import os
import pwd
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancton.intent import IntentSensor, path_in, read, write
from plancton.model import Wish, WishKind

PAUSED = Wish(WishKind.PAUSE, until=1_790_000_000.5, release_before=1_780_000_000.25, at=1_789_000_000.75)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return path_in(str(tmp_path))


def me() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


@pytest.mark.parametrize("wish", [PAUSED, Wish(WishKind.DRAIN, at=5.0), Wish(release_before=7.0, at=7.0)])
def test_a_wish_is_read_as_it_was_written_and_by_whom(path: Path, wish: Wish) -> None:
    write(path, wish)
    found = read(path)
    assert found == Wish(wish.kind, wish.until, wish.release_before, me(), wish.at)


def test_no_file_is_the_wish_to_run(path: Path) -> None:
    assert read(path) == Wish()


def test_who_wished_is_the_files_owner_and_not_what_the_file_says(path: Path) -> None:
    write(path, PAUSED)
    path.write_text(json.dumps({**json.loads(path.read_text()), "by": "the-president"}))
    assert read(path).by == me()
    if os.getuid() == 0:
        os.chown(path, 54321, -1)
        assert read(path).by == "uid 54321"


def test_a_wish_is_put_in_place_whole_and_for_the_group(path: Path) -> None:
    write(path, Wish())
    write(path, PAUSED)
    assert list(path.parent.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o664


def test_a_directory_that_is_not_there_raises_an_os_error(path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write(path.parent / "none" / "intent.json", PAUSED)


def test_a_wish_ends_by_itself() -> None:
    assert PAUSED.until is not None
    assert PAUSED.now(PAUSED.until - 1) is WishKind.PAUSE
    assert PAUSED.now(PAUSED.until) is WishKind.RUN


# --- in doubt nothing grows

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


# --- the sensor


def test_the_sensor_sees_every_change(path: Path) -> None:
    sensor = IntentSensor(path)
    assert sensor.read() == Wish()
    for wish in (PAUSED, Wish(WishKind.DRAIN), Wish()):
        write(path, wish)
        assert sensor.read().kind is wish.kind
    write(path, PAUSED)
    sensor.read()
    path.unlink()
    assert sensor.read() == Wish()


def test_the_sensor_reads_an_unchanged_file_once(path: Path) -> None:
    write(path, PAUSED)
    sensor = IntentSensor(path)
    first = sensor.read()
    assert sensor.read() is first
