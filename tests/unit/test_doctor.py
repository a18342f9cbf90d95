"""What keeps a host from lending its cycles, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from plancton.cli.main import main
from plancton.config.schema import Config, EngineOptions, Paths
from plancton.doctor import Finding, examine


def findings(tmp_path: Path) -> list[Finding]:
    """On a host whose engine is not there."""
    engine = EngineOptions(url=f"unix://{tmp_path}/none.sock")
    return examine(replace(Config(), engine=engine, paths=Paths(str(tmp_path), f"{tmp_path}/none")))


def test_an_engine_that_is_away_comes_first_with_advice(tmp_path: Path) -> None:
    first = findings(tmp_path)[0]
    assert (first.subject, first.well) == ("engine", False)
    assert first.said == f"the engine at unix://{tmp_path}/none.sock cannot be reached: is it running?"
    assert "systemctl start docker" in first.advice


def test_what_needs_no_engine_is_examined_all_the_same(tmp_path: Path) -> None:
    assert [f.subject for f in findings(tmp_path)] == [
        "engine",
        "pressure",
        "clock",
        "permission",
        "permission",
    ]


def test_directories_are_well_if_they_can_be_written(tmp_path: Path) -> None:
    run, state = findings(tmp_path)[-2:]
    assert (run.well, run.said) == (True, f"paths.run_directory {tmp_path} can be written by you")
    assert (state.well, state.said) == (
        False,
        f"paths.state_directory {tmp_path}/none cannot be written by you",
    )


def test_whatever_is_wrong_has_advice(tmp_path: Path) -> None:
    assert all(finding.well or finding.advice for finding in findings(tmp_path))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "p.yml"
    path.write_text(f"engine: {{url: 'unix://{tmp_path}/none.sock'}}")
    return path


def test_the_command_ends_with_one_and_tells_it(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--config.file", str(config)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("WRONG  engine        the engine at unix://")
    assert lines[1].strip().startswith("→ start it")


def test_as_json_it_can_be_read_by_machines(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json", "--config.file", str(config)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert set(found[0]) == {"subject", "well", "said", "advice"}
