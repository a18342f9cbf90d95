"""Ansible loads all filters for every task on every host: their imports are paid for hundreds of times."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit import loaded

IMPORTED = """
import runpy, sys
runpy.run_path(sys.argv[1])
print(sorted(name for name in sys.modules if name.partition(".")[0] == "plancton"))
"""


@pytest.mark.parametrize(
    "file", sorted((loaded.ANSIBLE / "filter_plugins").glob("*.py")), ids=lambda file: file.stem
)
def test_loading_a_filter_does_not_load_the_agent(file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
