"""Whether the host's /cvmfs is there and answers.

Who looks at a mount whose server is dead may hang for ever, out of reach of every signal. A thread of the
agent that hung so would keep the agent from ending, and its lock and its port from the next one. So a child
looks, one at a time for each kind of look; it is asked whether it is done, and never waited for.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from plancton.model import Missing

LOOK_SECONDS = 30.0
# An operator who mends what is wrong should not have to wait long until it is noticed.
MISSING_LOOK_SECONDS = 10.0
# The first look at a repository may be what mounts it, which takes seconds. One that is given up has done so.
PATIENCE_SECONDS = 10.0
PROGRAM = str(Path(__file__).with_name("software_look.py"))
# What a broken file system says of itself is quoted; not more than is read.
LONGEST_ANSWER = 300


@dataclass(frozen=True)
class Wanted:
    """A directory of the host, and what must be mounted below it."""

    path: str
    repositories: tuple[str, ...] = ()

    @property
    def command(self) -> list[str]:
        """The child: an interpreter without anything that is not needed. 20 ms, 9 MiB."""
        below = [f"{self.path}/{name}" for name in self.repositories]
        return [sys.executable, "-I", "-S", PROGRAM, self.path, *below]


class SoftwareSensor:
    """Called by the loop in every tick; each call returns at once."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._clock = clock
        self._patience = patience_seconds
        self._watches: dict[Wanted, _Watch] = {}

    def look(self, wanted: Mapping[str, Wanted]) -> dict[str, Missing | None]:
        """By kind: what is wrong with what it wants, None if nothing."""
        for one in wanted.values():
            if one not in self._watches:
                self._watches[one] = _Watch(one, self._clock())
        for one, watch in list(self._watches.items()):
            watch.attend(self._clock(), self._patience, again=one in wanted.values())
            if one not in wanted.values() and not watch.looking:
                del self._watches[one]
        return {kind: self._watches[one].found for kind, one in wanted.items()}

    @property
    def looking(self) -> bool:
        """Whether an answer is waited for."""
        return any(watch.looking for watch in self._watches.values())

    def close(self) -> None:
        """End what still looks, as far as it can be ended. Does not wait for it."""
        for watch in self._watches.values():
            watch.give_up()


class _Watch:
    """One thing that is looked at. While a child hangs there is no second one."""

    def __init__(self, wanted: Wanted, now: float) -> None:
        self._wanted = wanted
        self._child: subprocess.Popen[bytes] | None = None
        self._due = now
        self._began = now
        self.found: Missing | None = Missing(f"{wanted.path} is being looked at")

    @property
    def looking(self) -> bool:
        return self._child is not None

    def attend(self, now: float, patience_seconds: float, *, again: bool) -> None:
        child = self._child
        if child is not None:
            self._ask(child, now, patience_seconds)
        elif again and now >= self._due:
            self._begin(now)

    def _begin(self, now: float) -> None:
        self._began, self._due = now, now + MISSING_LOOK_SECONDS
        try:
            self._child = subprocess.Popen(
                self._wanted.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
        except OSError as error:
            self.found = Missing(f"{self._wanted.path} cannot be looked at: {error.strerror}")

    def _ask(self, child: subprocess.Popen[bytes], now: float, patience_seconds: float) -> None:
        code = child.poll()
        if code is not None:
            self._child = None
            self.found = self._answer(child, code)
            self._due = self._began + (LOOK_SECONDS if self.found is None else MISSING_LOOK_SECONDS)
        elif now - self._began >= patience_seconds:
            self.found = Missing(f"{self._wanted.path} does not answer: a look hangs")
            child.kill()

    def _answer(self, child: subprocess.Popen[bytes], code: int) -> Missing | None:
        said = child.stdout.read(LONGEST_ANSWER).decode(errors="replace").strip() if child.stdout else ""
        if child.stdout:
            child.stdout.close()
        if code == 0:
            return None
        if code < 0:
            return self.found  # given up, and told
        return Missing(said or f"{self._wanted.path} cannot be looked at: the look ended with {code}")

    def give_up(self) -> None:
        if self._child is not None:
            self._child.kill()


def look_and_wait(wanted: Wanted) -> Missing | None:
    """The answer to one look, for a command that has the time."""
    sensor = SoftwareSensor()
    patience = time.monotonic() + PATIENCE_SECONDS + 1.0
    while True:
        found = sensor.look({"": wanted})[""]
        if not sensor.looking or time.monotonic() > patience:
            return found
        time.sleep(0.02)
