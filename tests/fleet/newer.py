"""Another version of the project, as somebody gets it who pulls: a tree of its own, to roll out from."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.testbed import snapshot
from tests.testbed.snapshot import PROJECT

FAULT = "a fault that was planted"


def tree(folder: Path, *, faulty: bool = False) -> Path:
    """The project in `folder`, with another release of the agent: a `faulty` one ends as it starts."""
    for name in snapshot.names().decode().split("\0"):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, target, follow_symlinks=False)
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    changed = folder / "agent/plancton" / ("run.py" if faulty else "__init__.py")
    changed.write_text(changed.read_text() + (f'raise SystemExit("{FAULT}")\n' if faulty else "# newer\n"))
    return folder
