"""Exit statuses and sentences of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plancton.cli.main import main
from plancton.config.load import parse
from plancton.config.render import reference
from plancton.config.schema import Config

VERBS = [
    "run",
    "status",
    "why",
    "top",
    "pause",
    "drain",
    "resume",
    "release",
    "doctor",
    "prepare-host",
    "check-config",
    "simulate",
]


def plancton(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """A process of its own, whose output is buffered as usual."""
    usual = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "plancton", *arguments]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=usual, check=False)


@pytest.mark.parametrize("line", ["", "party", "status --jso", "run --log.level loud", "why -n x"])
def test_a_command_that_is_none_ends_with_two(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line.split())
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["", *VERBS, "record", "sample-config"])
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*filter(None, [verb]), "--help"])
    assert ended.value.code == 0
    assert "usage: plancton" in capsys.readouterr().out


def test_check_config_says_whether_a_file_can_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.yml"
    path.write_text("name: a\n")
    assert main(["check-config", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: can be used\n"
    path.write_text("nam: a\n")
    assert main(["check-config", str(path)]) == 2
    assert capsys.readouterr().err == f"plancton: {path}:1: nam is not a known key; did you mean name?\n"


def test_check_config_compares_with_this_host_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "c.yml"
    path.write_text("pool: {reserve_cores: 100000}\n")
    assert main(["check-config", str(path)]) == 2
    assert main(["check-config", "--any-host", str(path)]) == 0


def test_the_sample_can_be_used_and_the_reference_is_that_of_the_schema(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["sample-config"]) == 0
    assert parse(capsys.readouterr().out, "sample") == Config()
    assert main(["sample-config", "--reference"]) == 0
    assert capsys.readouterr().out == reference()


@pytest.mark.parametrize("verb", VERBS)
def test_a_bad_configuration_is_one_sentence_and_two_for_every_verb(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.yml"
    path.write_text("pool: {max_pilot: 3}")
    assert main([verb, "--config.file", str(path)]) == 2
    printed = capsys.readouterr()
    assert printed.err == f"plancton: {path}:1: pool.max_pilot is not a known key; did you mean max_pilots?\n"
    assert printed.out == ""


@pytest.mark.parametrize(
    "line",
    ["sample-config", "sample-config --reference", "check-config --config.file /dev/null"],
)
def test_a_reader_that_goes_away_is_no_error(line: str) -> None:
    """`plancton why | head`, with a short output and with a long one."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = plancton(*line.split(), stdout=writing)
    finally:
        os.close(writing)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_an_agent_does_not_carry_the_simulator_with_it() -> None:
    told = "import sys, plancton.cli.main, plancton.run; print([m for m in sys.modules if 'simulate.' in m])"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_it_runs_as_a_module() -> None:
    ran = plancton("--version")
    assert (ran.returncode, ran.stdout[:9]) == (0, "plancton ")
