"""Shows each host its own CPU and memory instead of the machine's, through lxcfs.

Without it an agent in a host would take whatever else runs on the machine for its owner's work.
"""

from __future__ import annotations

import errno
import subprocess
import tempfile
import time
from pathlib import Path

from tests.testbed.command import run

ROOT = Path("/var/lib/lxcfs")  # the distribution's own place: its service, where it runs, is used
PID_FILE = Path("/run/lxcfs.pid")
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
    _detach_dead()
    # A stale one does no harm; but one that lives on without its mount has it locked, and refuses others.
    PID_FILE.unlink(missing_ok=True)
    ROOT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile() as said:
        argv = ["lxcfs", "--enable-loadavg", "--enable-cfs", str(ROOT)]
        subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True)
        give_up = time.monotonic() + UP_SECONDS
        while not _answers():
            if time.monotonic() > give_up:
                said.seek(0)
                words = said.read().decode(errors="replace").splitlines() or ["nothing"]
                raise TimeoutError(
                    f"{ROOT}: no figures after {UP_SECONDS} s; `{' '.join(argv)}` last said: {words[-1]}"
                )
            time.sleep(0.1)


def _answers() -> bool:
    try:
        return (ROOT / "proc/stat").read_text().startswith("cpu ")
    except OSError:
        return False


def _detach_dead() -> None:
    """Take away what killed ones have left mounted: several, perhaps, one upon the other."""
    while _is_dead():
        detached = run(["umount", "--lazy", str(ROOT)])
        if not detached.ok:
            raise OSError(
                errno.ENOTCONN,
                f"a dead lxcfs is still mounted there and cannot be detached: {detached.output.strip()}",
                str(ROOT),
            )


def _is_dead() -> bool:
    """Whether a file system is mounted there whose program is gone."""
    try:
        list(ROOT.iterdir())
    except OSError as error:
        return error.errno == errno.ENOTCONN
    return False
