"""Tell, as one line of JSON, what is around the agent on a host. The argument, JSON, is what is to be there.

`account` is whether the agent's user is there as it should be, `owners` those who may not yet steer it,
`starts` whether the agent starts at a boot.
"""

import glob
import grp
import json
import pwd
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


wanted = json.loads(sys.argv[1])
# Access to the engine equals root on this host; the group root would be more still.
engine = group_of(wanted["socket"])
engine = "" if engine == NOBODY else engine
user = wanted["user"]
told = {
    "engine_group": engine,
    "account": is_as_it_should_be(user, wanted["home"], wanted["shell"], wanted["comment"], engine),
    "owners": [name for name in wanted["owners"] if name not in members(user)],
    "starts": any(map(glob.glob, wanted["starts"])),
    "guard": any(Path(path).exists() for path in wanted["guard"]),
    "logrotate": Path("/etc/logrotate.d").is_dir(),
}
sys.stdout.write(json.dumps(told) + "\n")
