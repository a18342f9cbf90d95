"""The owner's wish on disk: it survives, tells who wished, and in doubt nothing grows."""

from __future__ import annotations

import json
import os
import pwd
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from plancton.intent import IntentSensor, path_in, read, write
from plancton.model import Wish, WishKind

PAUSED = Wish(WishKind.PAUSE, until=1_790_000_000.5, release_before=1_780_000_000.25, at=1_789_000_000.75)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return path_in(str(tmp_path))


def me() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


@pytest.mark.parametrize(
    "wish",
    [
        PAUSED,
        Wish(WishKind.DRAIN, at=5.0),
        Wish(release_before=7.0, at=7.0),
        Wish(WishKind.DRAIN, at=5.0, reason="\N{GRINNING FACE}" * 200, for_operator=True),
    ],
)
def test_a_wish_is_read_as_it_was_written_and_by_whom(path: Path, wish: Wish) -> None:
    write(path, wish)
    found = read(path)
    assert found == replace(wish, by=me())


def test_no_file_is_the_wish_to_run(path: Path) -> None:
    assert read(path) == Wish()


def test_who_wished_is_the_files_owner_and_not_what_the_file_says(path: Path) -> None:
    write(path, PAUSED)
    path.write_text(json.dumps({**json.loads(path.read_text()), "by": "the-president"}))
    assert read(path).by == me()
    if os.getuid() == 0:
        os.chown(path, 54321, -1)
        assert read(path).by == "uid 54321"


def test_a_wish_is_put_in_place_whole_for_all_to_read_and_nobody_else_to_write(path: Path) -> None:
    write(path, Wish())
    write(path, PAUSED)
    assert list(path.parent.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_directory_that_is_not_there_raises_an_os_error(path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write(path.parent / "none" / "intent.json", PAUSED)


@pytest.mark.parametrize(
    ("reason", "for_operator", "asked"),
    [
        ("", False, "ann"),
        ("exams", False, "ann (exams)"),
        ("", True, "ann (operator)"),
        ("new disks", True, "ann (operator: new disks)"),
    ],
)
def test_a_wish_tells_whose_it_is_and_why(reason: str, for_operator: bool, asked: str) -> None:  # noqa: FBT001
    assert Wish(WishKind.DRAIN, by="ann", reason=reason, for_operator=for_operator).asked == asked
    assert Wish(WishKind.DRAIN, reason=reason, for_operator=for_operator).asked == ""


def test_a_wish_ends_by_itself() -> None:
    assert PAUSED.until is not None
    assert PAUSED.now(PAUSED.until - 1) is WishKind.PAUSE
    assert PAUSED.now(PAUSED.until) is WishKind.RUN


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


def test_a_drain_keeps_its_deadline_and_a_file_from_before_there_were_any_holds(path: Path) -> None:
    write(path, Wish(WishKind.DRAIN, at=1000.0, deadline=8200.0))
    assert read(path).deadline == 8200.0
    path.write_text('{"kind": "drain", "until": null, "release_before": 0, "at": 1000}')
    assert (read(path).kind, read(path).deadline) == (WishKind.DRAIN, None)
