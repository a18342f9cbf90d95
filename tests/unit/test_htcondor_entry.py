"""What the entry point of an HTCondor pilot refuses before it has asked anybody."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROLES = Path(__file__).parents[2] / "ansible/roles"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens/pool").write_text("a.b.c")
    # As in the image: what it shares with other entries lies beside it.
    for file in ("htcondor_image/files/pilot/entry", "debian_image/files/told.sh"):
        shutil.copy(ROLES / file, tmp_path)
    return {
        "PATH": os.environ["PATH"],
        "PLANCTON_CONDOR_HOST": "nowhere.invalid",
        "PLANCTON_TOKEN_DIRECTORY": str(tmp_path / "tokens"),
        "PLANCTON_WORK_DIRECTORY": str(tmp_path),
    }


def start(environment: dict[str, str], **more: str) -> tuple[int, str]:
    command = ["sh", f"{environment['PLANCTON_WORK_DIRECTORY']}/entry"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**environment, **more}
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ({"PLANCTON_CONDOR_HOST": ""}, 1, "pilot: PLANCTON_CONDOR_HOST is not set: which pool?"),
        ({"PLANCTON_TOKEN_DIRECTORY": "/nowhere"}, 77, "pilot: there is no token in /nowhere that"),
        ({"PLANCTON_WORK_DIRECTORY": "/proc"}, 1, "pilot: nothing can be written and run in /proc:"),
        ({"PLANCTON_TTL_SECONDS": "soon"}, 1, "PLANCTON_TTL_SECONDS must be a number, not 'soon'"),
        ({"PLANCTON_CPUS": "1.2.3"}, 1, "PLANCTON_CPUS must be a number, not '1.2.3'"),
        ({"PLANCTON_JOBS_PER_PILOT": "1\nSTART = True"}, 1, "PLANCTON_JOBS_PER_PILOT must be a number"),
        ({"PLANCTON_RESERVE_CORES": "time()"}, 1, "PLANCTON_RESERVE_CORES must be a number, not 'time()'"),
    ],
)
def test_it_refuses_in_one_sentence(
    environment: dict[str, str], more: dict[str, str], status: int, says: str
) -> None:
    code, told = start(environment, **more)
    assert (code, says in told, told.count("\npilot:")) == (status, True, 0), told


def test_what_it_is_told_becomes_the_configuration_of_this_pilot(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """There is no pool, nor a condor_ping on the tests' machine: it ends as if the pool were not reached."""
    code, told = start(
        environment,
        PLANCTON_HOST="lab 01",
        PLANCTON_SITE='a"b$(c)\nSTART = True',
        PLANCTON_CPUS="0.5",
        PLANCTON_MEMORY_BYTES=str(512 * 1024**2),
        PLANCTON_STOP_GRACE_SECONDS="2.5",
        PLANCTON_TTL_SECONDS="600",
    )
    assert code == 69, told
    lines = (tmp_path / "condor/this_pilot").read_text().splitlines()
    settings = dict(line.split(" = ", 1) for line in lines)
    assert settings["PLANCTON_HOST"] == "lab_01"
    assert settings["PLANCTON_SITE"] == "a_b__c__START___True"
    assert (settings["NUM_CPUS"], settings["MEMORY"]) == ("1", "416")
    assert (settings["STOP_GRACE_SECONDS"], settings["VACATE_SECONDS"]) == ("2", "1")
    assert settings["PLANCTON_RESERVE_CORES"] == "undefined"
    assert len(settings) == len(lines)
