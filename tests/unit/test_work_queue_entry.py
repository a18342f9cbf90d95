"""What the entry point of a worker refuses before it has asked anybody."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROLES = Path(__file__).parents[2] / "ansible/roles"
MANAGER = "PLANCTON_MANAGER must be host:port, not "


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    """As in the image: what it shares with other entries lies beside it."""
    shutil.copy(ROLES / "debian_image/files/told.sh", tmp_path)
    return Path(shutil.copy(ROLES / "work_queue_image/files/worker/entry", tmp_path))


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ({"PLANCTON_MANAGER": ""}, 1, "neither PLANCTON_MANAGER nor PLANCTON_PROJECT is set"),
        ({"PLANCTON_MANAGER": "here"}, 1, f"{MANAGER}'here'"),
        ({"PLANCTON_MANAGER": "here:"}, 1, f"{MANAGER}'here:'"),
        ({"PLANCTON_MANAGER": "--help:1"}, 1, f"{MANAGER}'--help:1'"),
        ({"PLANCTON_PROJECT": "p"}, 1, "PLANCTON_MANAGER and PLANCTON_PROJECT are both set"),
        ({"PLANCTON_PASSWORD_FILE": "/nowhere"}, 77, "there is no password in /nowhere that"),
        ({"PLANCTON_TASKVINE": "yes"}, 1, "PLANCTON_TASKVINE must be true or false, not 'yes'"),
        (
            {"PLANCTON_IDLE_EXIT_SECONDS": "soon"},
            1,
            "PLANCTON_IDLE_EXIT_SECONDS must be a number, not 'soon'",
        ),
        ({"PLANCTON_WORK_DIRECTORY": "/proc"}, 1, "nothing can be written and run in /proc:"),
    ],
)
def test_it_refuses_in_one_sentence(entry: Path, more: dict[str, str], status: int, says: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PLANCTON_MANAGER": "127.0.0.1:9",
        "PLANCTON_WORK_DIRECTORY": str(entry.parent),
        **more,
    }
    done = subprocess.run(
        ["sh", str(entry)], capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    assert (done.returncode, done.stderr.count("\n")) == (status, 1), done.stderr
    assert done.stderr.startswith(f"pilot: {says}")
