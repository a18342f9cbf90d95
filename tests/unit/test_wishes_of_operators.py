"""Whose a wish is: what the operator asks for takes the place of no owner's wish, and ends none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from plancton import intent
from plancton.cli.main import main
from plancton.model import Wish, WishKind

DRAIN, RESUME = "drain --for-operator", "resume --for-operator"
PAST = Wish(WishKind.PAUSE, until=1_700_000_000.0, at=1_600_000_000.0)


class Home:
    """A host without an agent."""

    def __init__(self, directory: Path) -> None:
        self.config = directory / "plancton.yml"
        self.config.write_text(f"paths: {{run_directory: {directory}, state_directory: {directory}}}")
        self.file = intent.path_in(str(directory))

    def says(self, capsys: pytest.CaptureFixture[str], line: str, *words: str) -> str:
        main([*line.split(), *words, "--config.file", str(self.config)])
        printed = capsys.readouterr()
        return printed.out + printed.err

    @property
    def wish(self) -> Wish:
        return intent.read(self.file)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize("owners", ["pause", "pause 8h", "drain", "drain --deadline 2h"])
def test_an_owners_wish_stays_through_the_operators_drain_and_resume(
    home: Home, capsys: pytest.CaptureFixture[str], owners: str
) -> None:
    home.says(capsys, owners, "--reason", "exams")
    said = home.wish
    for line in (DRAIN, f"{DRAIN} --deadline 1h", RESUME):
        told = home.says(capsys, line)
        assert told == f"left as it is: {said.kind.value}, asked by {said.by} (exams).\n"
        assert home.wish == said


def test_the_operators_resume_ends_the_operators_drain(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.says(capsys, DRAIN, "--reason", "new disks")
    drained = home.wish
    assert (drained.kind, drained.reason, drained.for_operator) == (WishKind.DRAIN, "new disks", True)
    home.says(capsys, RESUME)
    assert home.wish == replace(Wish(), by=drained.by, at=home.wish.at)


def test_a_drain_is_not_said_twice_but_with_another_reason_or_a_deadline(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.says(capsys, DRAIN)
    first = home.wish
    assert home.says(capsys, DRAIN) == f"left as it is: drain, asked by {first.asked}.\n"
    assert home.wish == first
    for line in (f"{DRAIN} --reason why", f"{DRAIN} --deadline 1h", f"{DRAIN} --deadline 1h", DRAIN):
        before = home.wish
        home.says(capsys, line)
        assert home.wish.at > before.at, line
    assert home.wish.deadline is None


def test_an_owners_pause_takes_the_place_of_the_operators_drain(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.says(capsys, DRAIN)
    home.says(capsys, "pause")
    assert "left as it is" in home.says(capsys, RESUME)
    assert home.wish.kind is WishKind.PAUSE


def test_an_owners_release_leaves_the_operators_drain_the_operators(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.says(capsys, DRAIN, "--reason", "new disks")
    home.says(capsys, "release")
    assert (home.wish.for_operator, home.wish.reason) == (True, "new disks")
    home.says(capsys, RESUME)
    assert home.wish.kind is WishKind.RUN
    assert home.wish.release_before > 0


def test_where_nothing_is_wished_a_resume_changes_nothing(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert home.says(capsys, RESUME) == "left as it is: pilots are welcome.\n"
    assert not home.file.exists()


def test_a_pause_that_has_run_out_is_in_nobodys_way(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    intent.write(home.file, PAST)
    assert home.says(capsys, RESUME) == "left as it is: pilots are welcome.\n"
    home.says(capsys, DRAIN)
    assert (home.wish.kind, home.wish.for_operator) == (WishKind.DRAIN, True)


@pytest.mark.parametrize("reason", ["two\nlines", "x" * 201, "\x1b[2J"])
def test_a_reason_that_cannot_be_shown_is_refused_and_changes_nothing(
    home: Home, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    assert home.says(capsys, "pause", "--reason", reason) == (
        f"plancton: --reason must be a line of at most 200 printable characters, not {reason!r}\n"
    )
    assert not home.file.exists()
