"""What is loaded for every task on every host is paid for hundreds of times: it is light, and loaded once."""

from __future__ import annotations

import os
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
# Says in which process it is loaded.
TELLING = """
import os
with open(os.environ["LOADED_IN"], "a") as file:
    print(os.getpid(), file=file)
class FilterModule:
    def filters(self):
        return {"told": str}
"""
PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - debug: {msg: "{{ 1 | told }}"}
    - debug: {msg: "{{ 2 | told }}"}
"""


@pytest.mark.parametrize(
    "file", sorted((loaded.ANSIBLE / "filter_plugins").glob("*.py")), ids=lambda file: file.stem
)
def test_loading_a_filter_does_not_load_the_agent(file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_each_is_loaded_once_in_a_run_and_not_by_every_task(tmp_path: Path) -> None:
    (tmp_path / "filter_plugins").mkdir()
    (tmp_path / "filter_plugins/telling.py").write_text(TELLING)
    (tmp_path / "play.yml").write_text(PLAY)
    settings = {"ANSIBLE_CONFIG": str(loaded.ANSIBLE.parent / "ansible.cfg"), "LC_ALL": "C.UTF-8"}
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,"]
    subprocess.run(
        [*command, str(tmp_path / "play.yml")],
        env={**os.environ, **settings, "LOADED_IN": str(tmp_path / "loaded")},
        cwd=loaded.ANSIBLE.parent,
        capture_output=True,
        check=True,
    )
    assert len((tmp_path / "loaded").read_text().split()) == 1
