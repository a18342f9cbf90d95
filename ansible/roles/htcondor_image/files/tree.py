"""Trees of Debian packages, made by mmdebstrap, and the few files of one that a pilot needs."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = ("condor", "passwd", "tini")
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
# How this host's apt reaches an archive and what it believes of it; the rest is taste.
APT_OPTIONS = re.compile(r"^Acquire::(https?|Check-|Retries)", re.IGNORECASE)
FILES, SLIM_PACKAGES, ALL_PACKAGES = "./plancton-slim", "./plancton-slim-packages", "./plancton-packages"
# The pool's own files are in the tree; its user has the same number in every build, since data outlive it.
UPLOADS = {"slim.sh": "/slim.sh", "pool/entry": "/pool", "pool/condor_config": "/condor_config"}
LAST_TOUCHES = (
    'chroot "$1" sh /slim.sh',
    'chroot "$1" groupmod --gid 10002 condor && chroot "$1" usermod --uid 10002 --gid 10002 condor',
    'mkdir "$1/pool-data" "$1/pool-config" && chown 10002:10002 "$1/pool-data"',
    'rm "$1/slim.sh" && chmod 755 "$1/pool" && chmod 644 "$1/condor_config"',
)
# A tree whose /bin is a link: so are the paths that programs know.
MERGED = ("./bin", "./sbin", "./lib", "./lib64")
EMPTY = ("dev", "proc", "sys", "etc")
# An engine gives what it mounts here the mode of what was there.
WRITABLE = ("tmp", "work")
ACCOUNTS = {
    "etc/passwd": "root:x:0:0:root:/:/bin/sh\npilot:x:10001:10001:pilot:/work:/bin/sh\n",
    "etc/group": "root:x:0:\npilot:x:10001:\n",
}


def build(suite: str, sources: list[str], target: Path) -> None:
    """Make the tree as a tar archive. Takes about a minute and 80 MB from Debian's archive."""
    command = ["mmdebstrap", "--quiet", "--variant=essential", "--dpkgopt=force-unsafe-io"]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
    command += [f"--aptopt={line}" for line in _apt_options()]
    hooks = [f"upload {HERE / name} {place}" for name, place in UPLOADS.items()]
    command += [f"--customize-hook={hook}" for hook in (*hooks, *LAST_TOUCHES)]
    command += [f"--include={','.join(PACKAGES)}", suite, str(target), *sources]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        told = [line for line in done.stderr.splitlines() if line.startswith("E:")] or [done.stderr[-300:]]
        raise SystemExit(f"mmdebstrap could not make a tree of {suite}: {'; '.join(told)}")


def _apt_options() -> list[str]:
    command = ["apt-config", "dump", "--no-empty", "--format", '%f "%v";%n']
    dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line for line in dump.splitlines() if APT_OPTIONS.match(line)]


def packages(tree: Path, *, slim: bool) -> str:
    """`name=version` of each package, in one line."""
    return " ".join(_lines(tree, SLIM_PACKAGES if slim else ALL_PACKAGES))


def _lines(tree: Path, name: str) -> list[str]:
    with tarfile.open(tree) as archive:
        file = archive.extractfile(name)
        assert file is not None  # noqa: S101 - written by slim.sh
        return file.read().decode().split()


def write_slim(tree: Path, target: Path, files: dict[str, Path]) -> None:
    """The pilot's root: the files on the list of slim.sh, accounts, and our own (name within → file)."""
    wanted = {f".{path}" for path in _lines(tree, FILES)} | set(MERGED)
    with tarfile.open(tree, "r|") as full, tarfile.open(target, "w") as slim:
        for entry in full:
            if entry.name in wanted:
                slim.addfile(entry, full.extractfile(entry) if entry.isreg() else None)
        for name in EMPTY:
            _add(slim, name, tarfile.DIRTYPE, 0o755)
        for name in WRITABLE:
            _add(slim, name, tarfile.DIRTYPE, 0o1777)
        for name, text in ACCOUNTS.items():
            _add(slim, name, tarfile.REGTYPE, 0o644, text.encode())
        for name, path in files.items():
            _add(slim, name, tarfile.REGTYPE, 0o755, path.read_bytes())


def _add(archive: tarfile.TarFile, name: str, kind: bytes, mode: int, data: bytes = b"") -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.size = kind, mode, len(data)
    archive.addfile(entry, io.BytesIO(data))
