"""A job under Parrot is as it would be without: its arguments, environment, exit status and signals.

The scripts are those of the image; a stand-in does what Parrot does to a job.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.office import until

FILES = Path(__file__).parents[2] / "ansible/roles/parrot_image/files"
STAND_IN = Path(__file__).with_name("stand_in_parrot.py")
PATH = "/usr/bin:/bin"
SECONDS = 60


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """The wrapper, with a stand-in beside it."""
    folder = tmp_path / "parrot"
    folder.mkdir()
    for name in ("job", "inside"):
        shutil.copy(FILES / name, folder / name)
    stand_in = folder / "parrot_run"
    stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@"\n')
    stand_in.chmod(0o755)
    return folder / "job"


def run(
    job: Path, *command: str, environment: dict[str, str] | None = None, given: str = ""
) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": PATH, "_CONDOR_SCRATCH_DIR": str(job.parent), **(environment or {})}
    argv = [str(job), *command]
    return subprocess.run(
        argv, env=variables, input=given, capture_output=True, text=True, timeout=SECONDS, check=False
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["plain", "two words", " leading and trailing "],
        ["'single'", '"double"', "back\\slash", "$HOME", "`id`", "$(id)", "*", "~"],
        ["line one\nline two\n", "\ttab", "", "--", "-x", "--status-file", "a=b"],
        ["ünïcödé", "\x01\x7f"],
    ],
)
def test_arguments_come_as_they_were_given(job: Path, arguments: list[str]) -> None:
    done = run(job, "sh", "-c", r'for one do printf "%s\0" "$one"; done', "sh", *arguments)
    assert done.stdout.split("\0")[:-1] == arguments
    assert (done.returncode, done.stderr) == (0, "")


def test_the_environment_is_the_one_that_the_job_came_with(job: Path) -> None:
    given = {
        "PLAIN": "1",
        "EMPTY": "",
        "LINES": "one\ntwo",
        "QUOTES": "'\"$x`y`\\",
        "no.shell-name": "kept",
        "HTTP_PROXY": "http://own.example.org:1",
        "CVMFS_HTTP_PROXY": "http://squid.example.org:3128",
        "PARROT_TEMP_DIR": "/own",
    }
    done = run(job, "env", "-0", environment=given)
    found = dict(entry.split("=", 1) for entry in done.stdout.split("\0")[:-1])
    assert found == {"PATH": PATH, "_CONDOR_SCRATCH_DIR": str(job.parent), **given}


def test_parrot_gets_the_proxy_the_repositories_and_a_place_of_its_own(job: Path, tmp_path: Path) -> None:
    record = tmp_path / "record"
    told = {"PARROT_STAND_IN_RECORD": str(record)}
    proxy = "http://squid.example.org:3128|http://other.example.org:3128;DIRECT"
    for given, expected in (({}, "DIRECT"), ({"CVMFS_HTTP_PROXY": proxy}, proxy)):
        run(job, "true", environment={**told, **given})
        found = dict(entry.split("=", 1) for entry in record.read_text().split("\0"))
        assert found["HTTP_PROXY"] == expected
        assert found["PARROT_CVMFS_REPO"] == "<default-repositories>"
        assert found["PARROT_TEMP_DIR"].startswith(f"{job.parent}/parrot.")


@pytest.mark.parametrize("status", [0, 1, 2, 75, 126, 127, 137, 255])
def test_the_exit_status_is_that_of_the_job(job: Path, status: int) -> None:
    assert run(job, "sh", "-c", f"exit {status}").returncode == status


def test_a_program_that_is_not_there_ends_with_127(job: Path) -> None:
    assert run(job, "/nowhere/program").returncode == 127


@pytest.mark.parametrize("name", ["TERM", "KILL", "SEGV", "ABRT", "INT", "USR1"])
def test_a_job_that_a_signal_ends_ends_the_wrapper_by_that_signal(job: Path, name: str) -> None:
    done = run(job, "sh", "-c", f"kill -{name} $$")
    assert done.returncode == -signal.Signals[f"SIG{name}"]


def test_what_goes_in_and_out_is_the_jobs_own(job: Path) -> None:
    done = run(job, "sh", "-c", "cat; echo wrong >&2", given="from the caller\n")
    assert (done.stdout, done.stderr) == ("from the caller\n", "wrong\n")


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"])
def test_a_signal_reaches_the_job_which_may_end_as_it_likes(job: Path, name: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"trap 'echo told {name}; exit 7' {name}; : >{ready}; while :; do sleep 0.05; done"
    running = subprocess.Popen(
        [str(job), "bash", "-c", script],
        env={"PATH": PATH, "_CONDOR_SCRATCH_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    until(ready.exists)
    running.send_signal(signal.Signals[f"SIG{name}"])
    said, _ = running.communicate(timeout=SECONDS)
    assert (said, running.returncode) == (f"told {name}\n", 7)


def test_a_signal_that_the_job_does_not_expect_ends_both_alike(job: Path, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    running = subprocess.Popen(
        [str(job), "sh", "-c", f": >{ready}; exec sleep 600"],
        env={"PATH": PATH, "_CONDOR_SCRATCH_DIR": str(tmp_path)},
    )
    until(ready.exists)
    running.terminate()
    assert running.wait(timeout=SECONDS) == -signal.SIGTERM


def test_nothing_is_left_in_the_scratch_directory(job: Path) -> None:
    run(job, "true")
    assert sorted(path.name for path in job.parent.iterdir()) == ["inside", "job", "parrot_run"]


def test_where_parrot_itself_fails_the_job_has_not_ended(job: Path, tmp_path: Path) -> None:
    told = tmp_path / "wrapper-error"
    environment = {"PARROT_STAND_IN_FAILS": "yes", "_CONDOR_WRAPPER_ERROR_FILE": str(told)}
    done = run(job, "true", environment=environment)
    assert done.returncode == 1
    assert "Parrot could not run the job" in done.stderr
    assert "SYS_PTRACE" in told.read_text()
