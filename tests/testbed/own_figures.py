"""Shows each host its own CPU and memory instead of the machine's, through lxcfs.

Without it an agent in a host would take whatever else runs on the machine for its owner's work.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from tests.testbed.command import run

ROOT = Path("/var/lib/lxcfs")  # the distribution's own place: its service, where it runs, is used
FILES = ("cpuinfo", "diskstats", "loadavg", "meminfo", "stat", "swaps", "uptime")
CPUS = "sys/devices/system/cpu"
UP_SECONDS = 10
# systemd gives a hardened service a /proc of its own, where ours is not seen until it is bound there again.
# The directory's name makes it hold for all services whose names begin so, and for no others: a private
# mount namespace would do a container engine no good.
DROP_IN = "/usr/lib/systemd/system/plancton-.service.d/testbed.conf"
BINDS = "".join(f"BindReadOnlyPaths={ROOT}/proc/{file}:/proc/{file}\n" for file in FILES)
DROP_IN_TEXT = f"[Service]\n{BINDS}"


def mounts() -> list[str]:
    """Flags for `docker run`."""
    _ensure_running()
    shown = [f"proc/{file}" for file in FILES] + [CPUS]
    return [f"--volume={ROOT}:{ROOT}:ro", *(f"--volume={ROOT / name}:/{name}:ro" for name in shown)]


def _ensure_running() -> None:
    """Started once and left running: every host that was ever given its files would lose them with it."""
    if _answers():
        return
    run(["umount", "--lazy", str(ROOT)])  # what a dead one leaves behind
    ROOT.mkdir(exist_ok=True)
    argv = ["lxcfs", "--enable-loadavg", "--enable-cfs", str(ROOT)]
    void = subprocess.DEVNULL
    subprocess.Popen(argv, stdin=void, stdout=void, stderr=void, start_new_session=True)
    give_up = time.monotonic() + UP_SECONDS
    while not _answers():
        if time.monotonic() > give_up:
            raise TimeoutError(f"`{' '.join(argv)}` shows nothing after {UP_SECONDS} s")
        time.sleep(0.1)


def _answers() -> bool:
    try:
        return (ROOT / "proc/stat").read_text().startswith("cpu ")
    except OSError:
        return False
