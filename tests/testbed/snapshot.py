"""The project as a user would clone it, uncommitted work included, without touching the repository."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.testbed.command import must, run
from tests.testbed.host import Host

PROJECT = Path(__file__).resolve().parents[2]


def bundle() -> bytes:
    """One commit, in a repository of its own: what git tracks or would track, as it lies in the work tree."""
    with tempfile.TemporaryDirectory(prefix="plancton-snapshot-") as folder:
        repository, file = f"{folder}/repository", f"{folder}/snapshot.bundle"
        git = ["git", "-c", "user.name=test bed", "-c", "user.email=testbed@localhost"]
        git += [f"--git-dir={repository}", f"--work-tree={PROJECT}"]
        must(run(["git", "init", "--quiet", "--bare", "--initial-branch=main", repository]))
        must(run([*git, "add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul"], stdin=names()))
        must(run([*git, "commit", "--quiet", "--message=the work tree"]))
        must(run([*git, "bundle", "create", "--quiet", file, "HEAD", "main"]))
        return Path(file).read_bytes()


def clone(host: Host, user: str) -> str:
    """A fresh clone in the user's home; returns its folder."""
    home = "/root" if user == "root" else f"/home/{user}"
    host.put(bundle(), "/var/tmp/project.bundle", owner=user)  # noqa: S108 - the host's, and it is ours alone
    must(host.run("git", "clone", "--quiet", "/var/tmp/project.bundle", f"{home}/facility", user=user))  # noqa: S108
    return f"{home}/facility"


def names() -> bytes:
    """Paths below the project, with a NUL between them."""
    git = ["git", "-C", str(PROJECT)]
    listed = must(run([*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]))
    names = {name for name in listed.stdout.split("\0") if name}
    present = sorted(name for name in names if (PROJECT / name).exists() or (PROJECT / name).is_symlink())
    return "\0".join(present).encode()
