"""A host's /cvmfs to the tests' liking: a shared mount, with file systems below it that come, go and hang."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.waiting import wait_for

HELLO = "hello from the repository\n"


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"


class SharedSoftware:
    """A tmpfs, as an automounter's directory would be, that passes on what is mounted below it."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "cvmfs"
        self._directory = directory
        self._servers: list[subprocess.Popen[bytes]] = []

    def make(self) -> None:
        self.path.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=1m,mode=0755", "plancton-test", str(self.path))
        run("mount", "--make-shared", str(self.path))

    def publish(self, repository: str) -> None:
        """Mount a repository with a file in it, as the automounter would."""
        content, packed = self._directory / "content", self._directory / f"{repository}.squashfs"
        content.mkdir()
        (content / "hello").write_text(HELLO)
        run("mksquashfs", str(content), str(packed), "-quiet", "-no-progress")
        (self.path / repository).mkdir()
        run("mount", "-t", "squashfs", "-o", "loop,ro", str(packed), str(self.path / repository))

    def serve(self, repository: str) -> subprocess.Popen[bytes]:
        """Mount one that a process serves, as CVMFS's client does: lxcfs, since any will do."""
        place = self.path / repository
        place.mkdir()
        command = ["lxcfs", "-f", "-p", str(self._directory / "lxcfs.pid"), str(place)]
        with (self._directory / "lxcfs.log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log)
        self._servers.append(server)
        wait_for("the file system is served", place.is_mount, 30)
        return server

    def clean_up(self) -> None:
        """A server that hangs goes first: whoever waits for it is told that it is gone."""
        for server in self._servers:
            server.kill()
            server.wait(timeout=20)
        for mount in reversed(self._mounts()):
            subprocess.run(["umount", "-l", mount], check=False)

    def _mounts(self) -> list[str]:
        mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        return [mount for mount in mounts if mount.startswith(str(self.path))]


@contextlib.contextmanager
def hung(server: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whoever looks at what it serves waits."""
    server.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.send_signal(signal.SIGCONT)
