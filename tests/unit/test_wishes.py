"""pause, drain, resume, release: what is written down for the agent."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from plancton import intent
from plancton.cli.main import main
from plancton.cli.wishes import BadWish, parse_duration
from plancton.model import Wish, WishKind


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30m", 1800),
        ("8h", 28800),
        ("1d12h", 129600),
        ("1d2h3m4s", 93784),
        ("90s", 90),
        ("365d", 31536000),
        ("0h5m", 300),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "5", "h", "5x", "-5m", "5 m", "1h1d", "5m5m", "1.5h", "0s", "366d", "9" * 5000 + "d", "8h\n", "∞"],
)
def test_what_is_no_duration_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(BadWish) as refused:
        parse_duration(text)
    assert str(refused.value).startswith("DURATION must be ")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A host without an agent: wishes are written down all the same."""
    path = tmp_path / "plancton.yml"
    path.write_text(f"paths: {{run_directory: {tmp_path}, state_directory: {tmp_path}}}")
    return path


def wish_after(config: Path, *verbs: str) -> Wish:
    for verb in verbs:
        assert main([*verb.split(), "--config.file", str(config)]) == 1
    return intent.read(intent.path_in(str(config.parent)))


def near(moment: float) -> object:
    return pytest.approx(moment, abs=60)


def test_a_pause_is_until_further_notice_or_for_a_time(config: Path) -> None:
    assert wish_after(config, "pause").until is None
    wish = wish_after(config, "pause 8h")
    assert (wish.kind, wish.until, wish.at) == (WishKind.PAUSE, near(time.time() + 28800), near(time.time()))


def test_a_drain_and_a_resume(config: Path) -> None:
    assert wish_after(config, "drain").kind is WishKind.DRAIN
    assert wish_after(config, "drain", "resume").kind is WishKind.RUN


def test_a_drain_has_a_deadline_if_it_is_given_one_and_the_next_drain_has_none(config: Path) -> None:
    assert wish_after(config, "drain").deadline is None
    assert wish_after(config, "drain --deadline 2h").deadline == near(time.time() + 7200)
    assert wish_after(config, "drain --deadline 2h", "release").deadline == near(time.time() + 7200)
    assert wish_after(config, "drain --deadline 2h", "drain").deadline is None
    assert wish_after(config, "drain --deadline 2h", "resume").deadline is None


def test_a_release_leaves_a_pause_or_a_drain_in_force(config: Path) -> None:
    wish = wish_after(config, "pause 8h", "release")
    assert (wish.kind, wish.release_before) == (WishKind.PAUSE, near(time.time()))
    assert wish.until is not None
    assert wish_after(config, "drain", "release").kind is WishKind.DRAIN
    assert wish_after(config, "resume", "release").kind is WishKind.RUN


def test_what_was_released_stays_released(config: Path) -> None:
    assert wish_after(config, "release", "pause", "resume").release_before == near(time.time())


@pytest.mark.parametrize("verb", ["pause", "pause 1h", "drain", "resume", "release"])
def test_a_release_that_lies_ahead_since_the_clock_was_set_back_does_not_stay_there(
    config: Path, verb: str
) -> None:
    ahead = Wish(release_before=time.time() + 86400, at=time.time() + 86400)
    intent.write(intent.path_in(str(config.parent)), ahead)
    wish = wish_after(config, verb)
    assert wish.release_before == near(time.time())
    assert wish.release_before <= wish.at


GO_ON = "; pilots that run go on until it does"


@pytest.mark.parametrize(
    ("verb", "note"),
    [("pause", GO_ON), ("release", GO_ON), ("drain", ""), ("drain --deadline 1h", GO_ON), ("resume", "")],
)
def test_without_an_agent_the_owner_is_told_that_it_is_written_down_and_what_it_does_not_do(
    config: Path, verb: str, note: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wish_after(config, verb)
    printed = capsys.readouterr()
    control = config.parent / "control.sock"
    assert printed.out == (
        f"written down for the agent, but no agent answers at {control}: it is not running{note}\n"
    )
    assert printed.err == ""


@pytest.mark.parametrize("verb", [["pause", "soon"], ["drain", "--deadline", "soon"]])
def test_a_bad_duration_changes_nothing(
    config: Path, verb: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*verb, "--config.file", str(config)]) == 2
    assert capsys.readouterr().err == "plancton: DURATION must be such as 30m, 8h or 1d12h, not 'soon'\n"
    assert intent.read(intent.path_in(str(config.parent))) == Wish()


def test_a_directory_that_is_not_there_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text("paths: {state_directory: /nowhere/plancton}")
    assert main(["pause", "--config.file", str(config)]) == 2
    assert capsys.readouterr().err == (
        "plancton: /nowhere/plancton/intent.json cannot be written: No such file or directory\n"
    )
