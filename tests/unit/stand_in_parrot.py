"""Stands in for parrot_run, and does to a job what the real one does: see its pfs_main.cc.

It adds to the environment, puts the job into a group of its own, kills it at a SIGTERM, writes how it ended
into the status file, and itself ends with 1 if that was by a signal.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """parrot_run --status-file FILE PROGRAM [ARGUMENT ...]."""
    option, status_file, *command = sys.argv[1:]
    assert option == "--status-file"
    os.environ["PARROT_ENABLED"] = "TRUE"
    if record := os.environ.get("PARROT_STAND_IN_RECORD"):
        Path(record).write_bytes(b"\0".join(f"{k}={v}".encode() for k, v in os.environ.items()))
    if os.environ.get("PARROT_STAND_IN_FAILS"):
        return 1
    child = subprocess.Popen(command, preexec_fn=os.setpgrp)  # noqa: PLW1509 - one thread
    signal.signal(signal.SIGTERM, lambda *_: child.kill())
    code = child.wait()
    told = ("normal", code) if code >= 0 else ("abnormal", -code)
    Path(status_file).write_text("{}\n{}\n".format(*told))
    return code if code >= 0 else 1


if __name__ == "__main__":
    sys.exit(main())
