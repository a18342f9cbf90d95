"""`plancton demand` in one file runs where nothing else of ours is, and is the same for the same source."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.unit import loaded

SCRIPT = loaded.ANSIBLE / "roles/htcondor_demand/files/pack.py"
SOURCE = loaded.ANSIBLE.parent / "agent/plancton/demand"


def test_it_runs_alone_and_is_made_the_same_twice(tmp_path: Path) -> None:
    one, two = tmp_path / "new/one.pyz", tmp_path / "two.pyz"
    for target in (one, two):
        subprocess.run([sys.executable, str(SCRIPT), str(SOURCE), str(target)], check=True, timeout=60)
    assert one.read_bytes() == two.read_bytes()
    assert [path.name for path in one.parent.iterdir()] == ["one.pyz"]
    # Without the packages of this environment.
    told = subprocess.run(
        [sys.executable, "-S", "-B", str(one), "--listen", "nowhere"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
    )
    assert told.returncode == 2
    assert "--listen: must be such as 127.0.0.1:10017, not 'nowhere'" in told.stderr
