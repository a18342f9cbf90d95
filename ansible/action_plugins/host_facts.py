"""Action: the few facts about a host that the roles use, under the names of Ansible's own.

Its own module tells hundreds, and takes a host two seconds for these alone. Any module takes half a second:
this is a script that the host's Python is given as it stands.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from ansible.plugins.action import ActionBase

SCRIPT = Path(__file__).parent.parent / "files" / "facts.py"
DEFAULT_PYTHON = "/usr/bin/python3"


class ActionModule(ActionBase):
    """Nothing is asked for, nothing is changed."""

    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None) -> dict:
        """What the script says; its last line counts, since a terminal brings along what others say."""
        result = super().run(tmp, task_vars)
        python = str(
            self._templar.template((task_vars or {}).get("ansible_python_interpreter", DEFAULT_PYTHON))
        )
        said = self._low_level_execute_command(shlex.join([python, "-c", SCRIPT.read_text()]))
        lines = said["stdout_lines"]
        if said["rc"] or not lines:
            why = [*lines, *said["stderr_lines"]]
            return result | {
                "failed": True,
                "msg": f"{python} does not run: {why[-1] if why else 'it says nothing'}",
            }
        return result | {"changed": False, "ansible_facts": json.loads(lines[-1])}
