"""One Debian host in a container, with a nested Docker Engine's needs met, and words to talk to it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from tests.testbed import images, network, own_figures, settings
from tests.testbed.command import Result, must, run, run_into
from tests.testbed.recipes import Recipe

LABEL = "plancton.testbed"
THAW = 'echo THAWED >"$1" || true'
UP_SECONDS = 60
# Bare "--privileged" is refused where the caller itself lacks a capability (SYS_RESOURCE, often).
FLAGS = (
    "--cgroupns=private",
    "--cap-add=ALL",
    "--cap-drop=SYS_RESOURCE",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--tmpfs=/tmp:exec",
    # overlay on overlay is refused: the nested engine's files lie on volumes.
    "--volume=/var/lib/docker",
    "--volume=/var/lib/containerd",
)


@dataclass(frozen=True)
class Host:
    """A running host. Whoever starts one also removes it."""

    name: str
    recipe: Recipe

    @classmethod
    def start(
        cls,
        recipe: Recipe,
        run_id: str,
        extra_flags: tuple[str, ...] = (),
        *,
        name: str | None = None,
        on: str | None = None,
    ) -> Host:
        """A fresh host that is up, with this machine's way to the registries; gone again if that fails.

        `name` is its container's, `on` the network that it is put on. `extra_flags` come last and win.
        """
        image = images.ensure(recipe)
        host = cls(name or f"plancton-testbed-{recipe.name}-{uuid.uuid4().hex[:6]}", recipe)
        naming = [f"--name={host.name}", f"--hostname=fresh-{recipe.name}", f"--label={LABEL}={run_id}"]
        flags = [*FLAGS, f"--network={on or network.ensure()}", *recipe.flags, *own_figures.mounts()]
        command = ["/sbin/testbed-first-process", *recipe.init]
        try:
            must(run(["docker", "run", "--detach", *naming, *flags, *extra_flags, image, *command]))
            host.wait_until_up()
            host._carry_settings()
        except BaseException:
            host.remove()
            raise
        return host

    @classmethod
    @contextmanager
    def borrowed(cls, recipe: Recipe, run_id: str) -> Iterator[Host]:
        """For as long as the block lasts."""
        host = cls.start(recipe, run_id)
        try:
            yield host
        finally:
            host.remove()

    @property
    def has_systemd(self) -> bool:
        return self.recipe.init == ("/sbin/init",)

    def run(
        self,
        *argv: str,
        user: str = "root",
        folder: str = "/",
        deadline: float = 60,
        stdin: bytes | None = None,
    ) -> Result:
        """What happened; a failure is the caller's to judge."""
        line = self._exec(argv, user, folder, interactive=stdin is not None)
        return self._told(run(line, deadline=deadline, stdin=stdin), argv)

    def run_into(self, transcript: Path, *argv: str, user: str, folder: str, deadline: float) -> Result:
        """For what takes minutes: the transcript can be followed, and is kept."""
        line = self._exec(argv, user, folder, interactive=False)
        return self._told(run_into(transcript, line, deadline=deadline), argv)

    def read(self, *argv: str, deadline: float = 60) -> str:
        """What a command that must succeed prints, as root."""
        return must(self.run(*argv, deadline=deadline)).stdout.strip()

    def put(self, content: bytes, path: str, *, owner: str = "root") -> None:
        """Not `docker cp`, which writes below a tmpfs instead of into it."""
        parent = str(PurePosixPath(path).parent)
        script = 'mkdir -p "$1" && cat > "$2" && chown "$3:" "$2"'
        must(self.run("sh", "-c", script, "put", parent, path, owner, stdin=content, deadline=120))

    def reboot(self) -> None:
        """Everything in memory is lost, what is on disk stays."""
        self._thaw()
        must(run(["docker", "restart", "--time=30", self.name], deadline=120))
        self.wait_until_up()

    def remove(self) -> None:
        """The container and its volumes."""
        self._thaw()
        must(run(["docker", "rm", "--force", "--volumes", self.name], deadline=120))

    def _thaw(self) -> None:
        """A power cut takes frozen processes too; here the kernel would wait for them to run and die."""
        self.run(
            "find", "/sys/fs/cgroup", "-name", "freezer.state", "-exec", "sh", "-c", THAW, "thaw", "{}", ";"
        )

    def _exec(self, argv: tuple[str, ...], user: str, folder: str, *, interactive: bool) -> list[str]:
        home = "/root" if user == "root" else f"/home/{user}"
        variables = {"HOME": home, "USER": user, "LANG": "C.UTF-8", **settings.environment()}
        flags = [f"--env={name}={value}" for name, value in variables.items()]
        flags += [f"--user={user}", f"--workdir={folder}"] + (["--interactive"] if interactive else [])
        return ["docker", "exec", *flags, self.name, *argv]

    def _told(self, result: Result, argv: tuple[str, ...]) -> Result:
        """Without the words that only carry it into the host."""
        return replace(result, argv=(f"{self.name}$", *argv))

    def wait_until_up(self) -> None:
        """With systemd: all units are up, none failed. Without: it answers."""
        question = ["systemctl", "is-system-running", "--wait"] if self.has_systemd else ["true"]
        give_up = time.monotonic() + UP_SECONDS
        while not (answer := self.run(*question)).ok:
            if time.monotonic() > give_up:
                units = self.run("systemctl", "--failed", "--no-pager").output
                raise TimeoutError(f"{self.name} is not up after {UP_SECONDS} s: {answer.output}\n{units}")
            time.sleep(0.2)

    def _carry_settings(self) -> None:
        for path, content in {**settings.certificates(), **settings.pip_configuration()}.items():
            self.put(content, path)
        must(self.run("update-ca-certificates"))
        self.put("\n".join(settings.apt_options()).encode() + b"\n", "/etc/apt/apt.conf.d/90testbed")
