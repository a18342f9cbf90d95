#!/usr/bin/env python3
"""What a host can tell of itself and of what of ours is on it, without any secret, in one text.

Prints a mark and the text, packed (zlib, base64), so that whatever carries it leaves it as it is. A command
that hangs costs its own time and no more. Secrets are taken out three times: by the key under which a
configuration has them, by their value, which is known from the files that only their users can read, and by
what passwords, tokens and keys look like.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

MARK = "plancton-diagnostics:"
REMOVED = "(removed)"
HOME, SETTINGS = Path("/opt/plancton/current"), Path("/etc/plancton")
PLANCTON, CONFIG = str(HOME / "bin/plancton"), SETTINGS / "plancton.yml"
SERVICES = ("plancton-agent", "plancton-network", "plancton-prometheus", "plancton-alertmanager")
ONE_SECONDS = 15
MOST_BYTES = 96 * 1024  # of one command
MOST_LINES = 5000
# A secret file is small; a shorter word would be taken out of every other word.
LARGEST_SECRET_BYTES, SHORTEST_SECRET = 64 * 1024, 6
SECRET_KEY = re.compile(
    r"pass|token|secret|credential|auth|private|api_?key|webhook|cookie|^environment$", re.I
)
# Ours say how a pilot behaves, and no more.
OUR_VARIABLE = re.compile(r"^PLANCTON_")
LOOKS_SECRET = (
    re.compile(r"-----BEGIN [^-]*PRIVATE KEY-----.*?(?:-----END [^-]*-----|\Z)", re.S),
    re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"),
    re.compile(r"\$(?:scrypt|argon2\w*|2[aby]|5|6|y)\$\S+"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
    re.compile(r"(?<=\b(?i:bearer) )\S+|(?<=\b(?i:basic) )[A-Za-z0-9+/=]{8,}"),
    re.compile(
        r"(?i)(?<![\w-])(?P<key>[\w-]*(?:pass|passwd|password|passphrase|token|secret|credential|api[_-]?key)"
        r"[\w-]*[\"']?\s*[=:]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s,;]+)"
    ),
)


CGROUPS = """
find /sys/fs/cgroup -maxdepth 4 -type d -name '*plancton*' | head -50 | while read -r group; do
    echo "$group"
    for file in cpu.weight cpu.shares cgroup.freeze memory.current; do
        [ ! -e "$group/$file" ] || echo "  $file $(cat "$group/$file")"
    done
done
"""


class Secrets:
    """The values that must not be told, as far as this host knows them."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def add(self, text: str) -> None:
        """A value, and each line of it; also as JSON, Python and an address would write it."""
        for value in {text.strip(), *(line.strip() for line in text.splitlines())}:
            if len(value) >= SHORTEST_SECRET and not value.startswith("-----"):
                self._values |= {value, json.dumps(value)[1:-1], repr(value)[1:-1], quote(value, safe="")}

    def add_file(self, path: Path) -> None:
        """What is in a file that not everybody may read."""
        try:
            about = path.stat()
            if path.is_dir():
                for inner in list(path.iterdir())[:100]:
                    if inner.is_file():
                        self.add_file(inner)
            elif path.is_file() and not about.st_mode & 0o004 and about.st_size <= LARGEST_SECRET_BYTES:
                self.add(path.read_text(errors="replace"))
        except OSError:
            return

    def without(self, value: Any, inside: bool = False) -> Any:  # noqa: FBT001, FBT002
        """A configuration without them. What was taken out, or is in a file that it names, is known then."""
        if isinstance(value, dict):
            return {key: self._entry(str(key), item, inside) for key, item in value.items()}
        if isinstance(value, list):
            return [self.without(item, inside) for item in value]
        if isinstance(value, str) and value.startswith("/"):
            self.add_file(Path(value))
        if not inside or value is None:
            return value
        self.add(str(value))
        return REMOVED

    def _entry(self, key: str, value: Any, inside: bool) -> Any:  # noqa: FBT001
        secret = SECRET_KEY.search(key)
        # A file's name is no secret, whatever is in it.
        if key.endswith("_file") or (inside and OUR_VARIABLE.search(key) and not secret):
            return self.without(value)
        return self.without(value, inside or bool(secret))

    def scrub(self, text: str) -> str:
        """A text without them."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, REMOVED)
        for look in LOOKS_SECRET:
            text = look.sub(lambda found: found.groupdict().get("key", "") + REMOVED, text)
        return text


def configuration(path: Path, secrets: Secrets) -> str:
    """A file of settings, as far as it may be told."""
    try:
        import yaml  # noqa: PLC0415 - the host's own Python may have none
    except ImportError:
        return "cannot be shown: there is no Python here that reads YAML"
    try:
        content = yaml.safe_load(path.read_text(errors="replace"))
    except OSError as error:
        return "cannot be read: " + str(error.strerror)
    except (yaml.YAMLError, ValueError, RecursionError):
        # Not what is wrong with it: the message would quote it.
        secrets.add(path.read_text(errors="replace"))
        return "is no YAML: see `plancton check-config` on the host"
    shown: str = yaml.safe_dump(secrets.without(content), sort_keys=False)
    return shown


def run(argv: list[str], seconds: float) -> str:
    """What a command prints, its beginning at least; one that hangs is left behind."""
    if not shutil.which(argv[0]):
        return "there is no " + argv[0]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0", "COLUMNS": "200"}
    ran = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
    )
    heard = bytearray()
    reader = threading.Thread(target=_listen, args=(ran.stdout, heard), daemon=True)
    reader.start()
    reader.join(seconds)
    hangs = reader.is_alive()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(ran.pid, signal.SIGKILL)
    reader.join(1)
    text = heard[:MOST_BYTES].decode(errors="replace")
    more = f"\n(more than {MOST_BYTES} bytes)" if len(heard) > MOST_BYTES else ""
    return text + more + (f"\n(no end within {seconds:.0f} s)" if hangs else "")


def _listen(pipe: Any, heard: bytearray) -> None:
    """Keep what comes, a little more than the most at worst."""
    while len(heard) <= MOST_BYTES and (piece := os.read(pipe.fileno(), 65536)):
        heard += piece


def logs(lines: int) -> list[list[str]]:
    """The ends of the logs of our services."""
    if Path("/run/systemd/system").exists():
        command = ["journalctl", "--no-pager", "--output=short-iso", f"--lines={lines}"]
        return [[*command, f"--unit={service}"] for service in SERVICES]
    files = [Path("/var/log", f"{service}.log") for service in SERVICES]
    return [["tail", f"--lines={lines}", str(path)] for path in files if path.exists()]


def state() -> list[list[str]]:
    """The services themselves."""
    if Path("/run/systemd/system").exists():
        return [["systemctl", "status", "--no-pager", "--lines=0", *SERVICES, "docker"]]
    return [["service", name, "status"] for name in SERVICES if Path("/etc/init.d", name).exists()]


def commands(lines: int) -> list[list[str]]:
    """In the order in which one would read them."""
    ours = "--filter=label=plancton.agent"
    return [
        *([PLANCTON, *verb] for verb in (["--version"], ["status"], ["doctor"], ["why", "--limit=200"])),
        [PLANCTON, "status", "--json"],
        *state(),
        ["docker", "version"],
        ["docker", "info"],
        ["docker", "ps", "--all", ours, "--format=table {{.Names}}\t{{.Image}}\t{{.Status}}"],
        ["docker", "images"],
        ["uname", "--all"],
        ["cat", "/etc/os-release"],
        ["date", "--utc", "--iso-8601=seconds"],
        ["uptime"],
        ["nproc"],
        ["free", "--mebi"],
        ["df", "--human-readable", "--local"],
        ["sh", "-c", "head /proc/pressure/*"],
        ["sh", "-c", "grep cgroup /proc/mounts; cat /proc/cgroups; cat /sys/fs/cgroup/cgroup.controllers"],
        ["sh", "-c", CGROUPS],
        ["ls", "--recursive", "-l", str(SETTINGS), "/opt/plancton", "--ignore=lib", "--ignore=bin"],
        [sys.executable, "--version"],
        *logs(lines),
    ]


def title_of(argv: list[str]) -> str:
    """A command in one line."""
    return " ".join(" ".join(argv).split())[:100]


def collect(lines: int, seconds: float) -> str:
    """All of it within that time; what comes too late is left out, and said so."""
    end, secrets, parts = time.monotonic() + seconds, Secrets(), []
    for path in sorted(SETTINGS.rglob("*")):
        if path.suffix in {".yml", ".yaml"}:
            shown = configuration(path, secrets)
            parts += [(str(path), shown)] if path == CONFIG else []
        elif path.is_file():
            secrets.add_file(path)
    for argv in commands(lines):
        left = min(end - time.monotonic(), ONE_SECONDS)
        told = run(argv, left) if left > 0 else f"left out: {seconds:.0f} s were over"
        parts.append((title_of(argv), told))
    text = "\n\n".join(f"=== {title}\n{told.rstrip()}" for title, told in parts)
    printable = "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)
    return secrets.scrub(printable) + "\n"


def packed(text: str) -> str:
    """The mark and the text in one word."""
    return MARK + base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def take_the_agents_python() -> None:
    """It reads YAML, if it is there and starts."""
    python = HOME / "bin/python"
    if sys.prefix != str(HOME.resolve()) and "--again" not in sys.argv and os.access(python, os.X_OK):
        works = subprocess.run(
            [str(python), "-c", "import yaml"], capture_output=True, timeout=60, check=False
        )
        if works.returncode == 0:
            os.execv(str(python), [str(python), "-B", *sys.argv, "--again"])  # noqa: S606 - none is needed


def main() -> None:
    """Tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=500, help="of each log")
    parser.add_argument("--seconds", type=int, default=90, help="for all of it")
    parser.add_argument("--again", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        take_the_agents_python()
    text = collect(min(max(args.lines, 1), MOST_LINES), args.seconds)
    sys.stdout.write(packed(text) + "\n")
    sys.stdout.flush()
    # A command that cannot be killed must not keep us.
    os._exit(0)


if __name__ == "__main__":
    main()
