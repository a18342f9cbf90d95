"""Whether the host's /cvmfs answers: real children look at real directories, one of them for ever."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from plancton.model import Missing
from plancton.sensors.software import (
    LOOK_SECONDS,
    MISSING_LOOK_SECONDS,
    PATIENCE_SECONDS,
    SoftwareSensor,
    Wanted,
)
from tests.unit.office import Clock, until


@dataclass(frozen=True)
class Hanging(Wanted):
    """A look that does not end by itself."""

    @property
    def command(self) -> list[str]:
        return ["sleep", "600"]


class Watched:
    """A sensor with a clock of the test's own."""

    def __init__(self, wanted: Wanted) -> None:
        self.clock = Clock()
        self.sensor = SoftwareSensor(self.clock)
        self.wanted = wanted

    def ask(self) -> Missing | None:
        return self.sensor.look({"alice": self.wanted})["alice"]

    def answer(self) -> Missing | None:
        """What is known once the look that is due has been answered."""
        self.ask()
        until(lambda: self.ask() is None or not self.sensor.looking)
        return self.ask()

    @property
    def child(self) -> int | None:
        (watch,) = self.sensor._watches.values()  # noqa: SLF001
        return None if watch._child is None else watch._child.pid  # noqa: SLF001


def cvmfs(root: Path, *mounted: str) -> Wanted:
    """A directory with these repositories in it."""
    for name in mounted:
        (root / name).mkdir(parents=True)
        (root / name / "etc").mkdir()
    return Wanted(str(root), mounted)


def why(found: Missing | None) -> str:
    assert found is not None
    return found.why


def test_software_is_missing_until_it_has_been_seen(tmp_path: Path) -> None:
    watched = Watched(cvmfs(tmp_path, "alice.example.org"))
    assert watched.ask() == Missing(f"{tmp_path} is being looked at")
    assert watched.answer() is None


def test_without_a_repository_to_look_at_the_directory_is_enough(tmp_path: Path) -> None:
    # An automounter's directory is empty as long as nobody asks for what is below it.
    assert Watched(Wanted(str(tmp_path))).answer() is None


def test_what_is_not_there_or_not_mounted_is_named(tmp_path: Path) -> None:
    nowhere = Watched(Wanted(f"{tmp_path}/none")).answer()
    assert why(nowhere) == f"{tmp_path}/none: No such file or directory"
    cvmfs(tmp_path, "alice.example.org")
    (tmp_path / "cms.example.org").mkdir()
    two = Watched(Wanted(str(tmp_path), ("alice.example.org", "cms.example.org"))).answer()
    assert why(two) == f"{tmp_path}/cms.example.org is empty: it is not mounted"
    (tmp_path / "file").write_text("")
    assert why(Watched(Wanted(str(tmp_path), ("file",))).answer()) == f"{tmp_path}/file: Not a directory"


def test_it_is_looked_at_again_in_time_and_what_has_changed_is_noticed(tmp_path: Path) -> None:
    watched = Watched(cvmfs(tmp_path, "alice.example.org"))
    assert watched.answer() is None
    (tmp_path / "alice.example.org" / "etc").rmdir()
    watched.clock.now += LOOK_SECONDS - 1
    assert watched.ask() is None
    assert not watched.sensor.looking
    watched.clock.now += 1
    watched.ask()
    assert watched.sensor.looking
    until(lambda: watched.ask() is not None)
    (tmp_path / "alice.example.org" / "etc").mkdir()
    watched.clock.now += MISSING_LOOK_SECONDS
    watched.ask()
    until(lambda: watched.ask() is None)


def test_a_look_that_hangs_is_told_and_given_up_before_the_next_begins(tmp_path: Path) -> None:
    watched = Watched(Hanging(str(tmp_path)))
    watched.ask()
    first = watched.child
    assert first is not None
    watched.clock.now += PATIENCE_SECONDS - 1
    assert why(watched.ask()) == f"{tmp_path} is being looked at"
    watched.clock.now += 1
    assert why(watched.ask()) == f"{tmp_path} does not answer: a look hangs"
    until(lambda: watched.ask() and watched.child is None)
    assert not Path(f"/proc/{first}").exists()
    # While the next one looks, what was known holds on.
    assert why(watched.ask()) == f"{tmp_path} does not answer: a look hangs"
    assert watched.child not in {None, first}
    watched.sensor.close()


def test_a_look_that_is_under_way_is_not_joined_by_another_however_late_it_is(tmp_path: Path) -> None:
    watched = Watched(Hanging(str(tmp_path)))
    watched.ask()
    first = watched.child
    for _ in range(5):
        watched.clock.now += 1.0
        watched.ask()
    assert watched.child == first
    watched.sensor.close()


def test_kinds_that_want_the_same_share_a_look_and_the_answer(tmp_path: Path) -> None:
    sensor, wanted = SoftwareSensor(), cvmfs(tmp_path, "alice.example.org")
    both = {"alice": wanted, "cms": Wanted(wanted.path, wanted.repositories)}
    until(lambda: sensor.look(both) == {"alice": None, "cms": None})
    assert len(sensor._watches) == 1  # noqa: SLF001


def test_what_nobody_wants_any_more_is_forgotten_once_its_look_is_over(tmp_path: Path) -> None:
    sensor = SoftwareSensor()
    sensor.look({"alice": Wanted(str(tmp_path))})
    assert sensor.look({}) == {}
    until(lambda: sensor.look({}) == {} and not sensor._watches)  # noqa: SLF001


def test_the_end_takes_a_look_with_it(tmp_path: Path) -> None:
    watched = Watched(Hanging(str(tmp_path)))
    watched.ask()
    pid = watched.child
    assert pid is not None
    watched.sensor.close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -9


def test_a_look_that_cannot_begin_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plancton.sensors.software.sys.executable", f"{tmp_path}/none")
    watched = Watched(Wanted(str(tmp_path)))
    assert why(watched.ask()) == f"{tmp_path} cannot be looked at: No such file or directory"
