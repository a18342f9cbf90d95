"""Tell, as one line of JSON, how a host stands to a service. The argument, JSON, is what is to be there.

Only what is asked for is told, under the same name: whether a file of these `paths` is there, whether
somebody listens at this `address`, whether this `package` is installed and this `user` is as described,
whether a process with this `argv` runs, whether one of the `starts` says that it starts at a boot, and
whether the service has `read` its `files`: none is younger than the `mark` that was left when it took them
in. What is `read_of_ours` counts only where the service is not somebody else's.
"""

import glob
import grp
import json
import pwd
import socket
import subprocess
import sys
from pathlib import Path

CONNECT_SECONDS = 1


def are_there(paths: dict) -> dict:
    """By their names."""
    return {name: Path(path).exists() for name, path in paths.items()}


def is_taken(address: str) -> bool:
    """Whether somebody listens there."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
    except OSError:
        return False
    return True


def is_installed(package: str) -> bool:
    """Whether dpkg, if there is one, has it installed to the end."""
    argv = ["dpkg-query", "--show", "--showformat", "${db:Status-Status}", package]
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout == "installed"
    except OSError:
        return False


def is_as_it_should_be(user: dict) -> bool:
    """Whether there is such a user, with a group of its own name."""
    try:
        found, own = pwd.getpwnam(user["name"]), grp.getgrnam(user["name"])
    except KeyError:
        return False
    given = (found.pw_gid, found.pw_dir, found.pw_shell, found.pw_gecos)
    return given == (own.gr_gid, user["home"], user["shell"], user["comment"])


def runs(argv: list[str]) -> bool:
    """Whether a process was started with just these words."""
    wanted = b"".join(word.encode() + b"\0" for word in argv)
    return any(_content(path) == wanted for path in Path("/proc").glob("[0-9]*/cmdline"))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has just ended
        return b""


def starts(patterns: list[str]) -> bool:
    """Whether there is a link by which the system starts it."""
    return any(map(glob.glob, patterns))


def has_read(read: dict) -> bool:
    """Whether it has taken in its files as they are; those that are not there are yet to come."""
    mark, files = Path(read["mark"]), map(Path, read["files"])
    if not mark.exists():
        return False
    return all(not file.exists() or file.stat().st_mtime_ns <= mark.stat().st_mtime_ns for file in files)


QUESTIONS = {
    "paths": are_there,
    "address": is_taken,
    "package": is_installed,
    "user": is_as_it_should_be,
    "argv": runs,
    "starts": starts,
    "read": has_read,
    "read_of_ours": has_read,
}
told = {name: QUESTIONS[name](wanted) for name, wanted in json.loads(sys.argv[1]).items()}
sys.stdout.write(json.dumps(told) + "\n")
