"""What a pool's container is asked to do, as its administrator."""

from __future__ import annotations

from docker.models.containers import Container

USERS = "/pool-data/users"
JOBS = "/pool-data/jobs"


class Inside:
    """Commands within the container of a pool."""

    def __init__(self, container: Container) -> None:
        self.container = container

    def run(self, *argv: str, check: bool = True, environment: dict[str, str] | None = None) -> str:
        """What a command prints."""
        done = self.container.exec_run(list(argv), environment=environment)
        assert isinstance(done.output, bytes)
        text = done.output.decode()
        assert done.exit_code == 0 or not check, f"{' '.join(argv)}: {text}"
        return text

    def shell(self, script: str, text: str = "") -> str:
        """Run a script whose standard input is `text`."""
        return self.run("sh", "-c", f'printf %s "$TEXT" | {{ {script}; }}', environment={"TEXT": text})

    def let_submit(self, token: str) -> None:
        """A user `alice` has this token, and a place for her files."""
        self.shell(f"umask 077; mkdir -p {USERS} {JOBS}; cat >{USERS}/alice", token)
