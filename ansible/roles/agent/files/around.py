"""Tell, as one line of JSON, what is around the agent on a host. The argument, JSON, is what is to be there.

`account` is whether the agent's user is there as it should be, `owners` those who may not yet steer it,
`starts` whether the agent starts at a boot, `guards` whether the guard runs and does so, too, and `written`
whether files, directories and links are what they should be.
"""

import glob
import grp
import hashlib
import json
import pwd
import stat
import sys
from pathlib import Path

NOBODY = "root"


def group_of(path: str) -> str:
    """The name of the group that a file belongs to, "" if there is no such file or group."""
    try:
        return grp.getgrgid(Path(path).stat().st_gid).gr_name
    except (OSError, KeyError):
        return ""


def members(group: str) -> list[str]:
    """Who is in it; nobody, if there is none."""
    try:
        return grp.getgrnam(group).gr_mem
    except KeyError:
        return []


def is_as_it_should_be(user: str, home: str, shell: str, comment: str, engine: str) -> bool:
    """Whether the agent's user has what the role gives it; `engine` is the group that may use the engine."""
    try:
        found, own = pwd.getpwnam(user), grp.getgrnam(user)
    except KeyError:
        return False
    given = (found.pw_gid, found.pw_dir, found.pw_shell, found.pw_gecos)
    return given == (own.gr_gid, home, shell, comment) and (not engine or user in members(engine))


def is_written(entry: dict) -> bool:
    """Whether it is there with these contents and rights; of what is in doubt it is not said."""
    path = Path(entry["path"])
    try:
        if "src" in entry:
            return str(path.readlink()) == entry["src"]
        found = path.lstat()
        rights = (
            pwd.getpwuid(found.st_uid).pw_name,
            grp.getgrgid(found.st_gid).gr_name,
            stat.S_IMODE(found.st_mode),
        )
        if rights != (entry["owner"], entry["group"], int(entry["mode"], 8)):
            return False
        if entry.get("digest") is None:
            return stat.S_ISDIR(found.st_mode)
        if not stat.S_ISREG(found.st_mode):
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == entry["digest"]
    except (OSError, KeyError):
        return False


def runs(argv: list[str]) -> bool:
    """Whether a process was started with these arguments, by whatever interpreter."""
    words = b"\0".join(word.encode() for word in argv)
    return any(words in arguments(process) for process in Path("/proc").glob("[0-9]*/cmdline"))


def arguments(process: Path) -> bytes:
    """Of a process that may be gone by now."""
    try:
        return process.read_bytes()
    except OSError:
        return b""


def exists(patterns: list[str]) -> bool:
    """Whether there is a file of one of these names."""
    return any(map(glob.glob, patterns))


wanted = json.loads(sys.argv[1])
# Access to the engine equals root on this host; the group root would be more still.
engine = group_of(wanted["socket"])
engine = "" if engine == NOBODY else engine
user = wanted["user"]
told = {
    "engine_group": engine,
    "account": is_as_it_should_be(user, wanted["home"], wanted["shell"], wanted["comment"], engine),
    "owners": [name for name in wanted["owners"] if name not in members(user)],
    "starts": exists(wanted["starts"]),
    "guard": any(Path(path).exists() for path in wanted["guard"]),
    "guards": exists(wanted["guard_starts"]) and runs(wanted["guards"]),
    "written": all(map(is_written, wanted["written"])),
}
sys.stdout.write(json.dumps(told) + "\n")
