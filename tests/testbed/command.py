"""One way to run a program: an argument list, a deadline, and an error that shows what was printed."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

TAIL_LINES = 60
OVERDUE = 124  # what timeout(1) answers, so that a deadline reads like any other failure


@dataclass(frozen=True)
class Result:
    """How a program ended. `output` is stdout, and stderr behind it."""

    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def ok(self) -> bool:
        return self.status == 0

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    def told(self) -> str:
        """The sentence and the tail of the output that a failed test should show."""
        ended = "ran into its deadline" if self.status == OVERDUE else f"ended with {self.status}"
        tail = "\n".join(self.output.splitlines()[-TAIL_LINES:])
        return f"`{' '.join(self.argv)}` {ended} after {self.seconds:.0f} s\n{tail}"


class CommandFailedError(AssertionError):
    """A program that had to succeed did not."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.told())
        self.result = result


def run(argv: list[str], *, deadline: float = 60, stdin: bytes | None = None) -> Result:
    """Run to the end or to the deadline (seconds); never raises for the program's own failure."""
    began = time.monotonic()
    try:
        # Never our own standard input: a program that asks a question must fail, not wait.
        done = subprocess.run(argv, input=stdin or b"", capture_output=True, timeout=deadline, check=False)
        status, out, err = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        status, out, err = OVERDUE, late.stdout or b"", late.stderr or b""
    return Result(tuple(argv), status, _text(out), _text(err), time.monotonic() - began)


def run_into(transcript: Path, argv: list[str], *, deadline: float) -> Result:
    """Like `run`, with everything it prints going to a file as it comes: for what takes minutes."""
    began = time.monotonic()
    with transcript.open("wb") as sink:
        try:
            done = subprocess.run(
                argv, input=b"", stdout=sink, stderr=subprocess.STDOUT, timeout=deadline, check=False
            )
            status = done.returncode
        except subprocess.TimeoutExpired:
            status = OVERDUE
    return Result(tuple(argv), status, _text(transcript.read_bytes()), "", time.monotonic() - began)


def must(result: Result) -> Result:
    """The same result, if it is a success."""
    if not result.ok:
        raise CommandFailedError(result)
    return result


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")
