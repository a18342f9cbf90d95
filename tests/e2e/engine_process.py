"""A second Docker Engine beside the machine's own, to be stopped, hung and started at will."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker

from tests.e2e.waiting import wait_for


class EngineProcess:
    """dockerd with its own data, socket and containerd; no bridge, no packet filter rules."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self._directory = directory
        self.socket = directory / "docker.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        d = self._directory
        # In a network of its own: with `--bridge none` dockerd deletes the docker0 that it finds.
        command = ["unshare", "--net", "dockerd", "--host", self.url, "--pidfile", str(d / "pid")]
        command += ["--data-root", str(d / "data"), "--exec-root", str(d / "exec")]
        command += ["--bridge", "none", "--iptables=false", "--ip6tables=false"]
        (d / "pid").unlink(missing_ok=True)
        with (d / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        wait_for("the second engine", self._answers, 60)

    def _answers(self) -> bool:
        try:
            with contextlib.closing(docker.DockerClient(base_url=self.url, timeout=5)) as client:
                return bool(client.ping())
        except (docker.errors.DockerException, OSError):
            return False

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=20)

    @contextlib.contextmanager
    def hung(self) -> Iterator[None]:
        """It accepts connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def clean_up(self) -> None:
        """End it with everything that it has started, and remove its data."""
        if self._answers():
            with contextlib.closing(docker.DockerClient(base_url=self.url, timeout=30)) as client:
                for container in client.containers.list(all=True):
                    container.remove(force=True)
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=30)
        # A killed dockerd leaves its containerd and shims behind; all name this directory.
        for pid in _naming(str(self._directory)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for mount in reversed(_mounts_below(str(self._directory))):
            subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(self._directory.parent, ignore_errors=True)


def _naming(text: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if text.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


def _mounts_below(directory: str) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [line.split()[1] for line in lines if line.split()[1].startswith(directory + "/")]
