"""Trees of Debian packages, made by mmdebstrap, and the few files of one that a pilot needs."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
# How this host's apt reaches an archive and what it believes of it; the rest is taste.
APT_OPTIONS = re.compile(r"^Acquire::(https?|Check-|Retries)", re.IGNORECASE)
FILES, SLIM_PACKAGES, ALL_PACKAGES = "./plancton-slim", "./plancton-slim-packages", "./plancton-packages"
# A tree whose /bin is a link: so are the paths that programs know.
MERGED = ("./bin", "./sbin", "./lib", "./lib64")
EMPTY = ("dev", "proc", "sys", "etc")
# An engine gives what it mounts here the mode of what was there.
WRITABLE = ("tmp", "work")
ACCOUNTS = {
    "etc/passwd": "root:x:0:0:root:/:/bin/sh\npilot:x:10001:10001:pilot:/work:/bin/sh\n",
    "etc/group": "root:x:0:\npilot:x:10001:\n",
}


@dataclass(frozen=True)
class Contents:
    """What a tree has beside Debian's essential packages."""

    packages: tuple[str, ...]
    programs: tuple[str, ...] = ()  # what a slim image runs, beside what is there for jobs
    uploads: tuple[tuple[Path, str], ...] = ()  # a file of ours → its place in the tree
    last_touches: tuple[str, ...] = ()  # commands of a shell whose first argument is the tree


def together(parts: list[Contents]) -> Contents:
    """One tree with what several images need, each thing once."""
    return Contents(
        packages=tuple(dict.fromkeys(name for part in parts for name in part.packages)),
        programs=tuple(dict.fromkeys(name for part in parts for name in part.programs)),
        uploads=tuple(dict.fromkeys(upload for part in parts for upload in part.uploads)),
        last_touches=tuple(dict.fromkeys(touch for part in parts for touch in part.last_touches)),
    )


def build(suite: str, sources: list[str], contents: Contents, target: Path) -> None:
    """Make the tree as a tar archive. Takes about a minute and some 80 MB from Debian's archive."""
    command = ["mmdebstrap", "--quiet", "--variant=essential", "--dpkgopt=force-unsafe-io"]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
    command += [f"--aptopt={line}" for line in _apt_options()]
    hooks = [f"upload {file} {place}" for file, place in ((HERE / "slim.sh", "/slim.sh"), *contents.uploads)]
    hooks += [f'chroot "$1" sh /slim.sh {" ".join(contents.programs)}', 'rm "$1/slim.sh"']
    command += [f"--customize-hook={hook}" for hook in (*hooks, *contents.last_touches)]
    command += [f"--include={','.join(contents.packages)}", suite, str(target), *sources]
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
