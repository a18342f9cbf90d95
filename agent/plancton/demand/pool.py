"""Asks an HTCondor pool what waits, through its own tools: two short commands, whoever's pool it is."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plancton.demand.ledger import YOUNG_SECONDS, Look, Size

# Beyond what a facility could start until the next look, and a second's work for a schedd.
MOST_JOBS = 5000
PATIENCE_SECONDS = 30.0
# Those of the scheduler and local universes run at the access point.
IDLE = "JobStatus == 1 && JobUniverse != 7 && JobUniverse != 12"
WAITING = '(State == "Unclaimed" || State == "Matched" || (State == "Claimed" && Activity == "Idle"))'
# By two clocks; if the donor's is far ahead the slot counts as old, and jobs wait a little longer.
AGE = "(time() - DaemonStartTime)"
YOUNG = f"({AGE} >= 0 && {AGE} < {YOUNG_SECONDS:.0f})"
OURS = "PlanctonKind =!= undefined"


class NoPool(Exception):
    """The pool does not tell. The message is one sentence."""


@dataclass(frozen=True)
class Pool:
    """How it is asked. `tools` is put before each command, such as ``docker exec NAME``.

    `address` is the central manager's, empty for that of the tools' own configuration; `constraint` narrows
    the jobs that count, as an expression of HTCondor.
    """

    tools: tuple[str, ...] = ()
    address: str = ""
    constraint: str = ""

    def look(self) -> Look:
        """Slots first: a job that starts in between is not counted, where it would be counted twice else.

        Raises NoPool.
        """
        where = ["-pool", self.address] if self.address else []
        slots = ["condor_status", *where, "-constraint", f"{OURS} && ({WAITING} || {YOUNG})"]
        told = self._run([*slots, "-af", "Cpus", "Memory", f"{WAITING} ?: false", f"{YOUNG} ?: false"])
        waiting, young = slots_of(told)
        jobs = [
            "condor_q",
            *where,
            "-global",
            "-allusers",
            "-constraint",
            self._wanted,
            "-limit",
            str(MOST_JOBS),
        ]
        # Of all access points; the tool of one that has no jobs says so in a line of words.
        told = self._run([*jobs, "-af", "RequestCpus ?: 1", "RequestMemory ?: 0"])
        return Look(jobs_of(told), waiting, young)

    @property
    def _wanted(self) -> str:
        return f"{IDLE} && ({self.constraint})" if self.constraint else IDLE

    def _run(self, command: Sequence[str]) -> str:
        name = command[0]
        try:
            done = subprocess.run(
                [*self.tools, *command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
        except OSError as error:
            raise NoPool(f"{(*self.tools, name)[0]} cannot be run: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise NoPool(f"{name} has not answered within {PATIENCE_SECONDS:.0f} s") from None
        if done.returncode:
            said = " ".join(done.stderr.decode(errors="replace").split())
            raise NoPool(f"{name} ended with {done.returncode}: {said[:300]}")
        return done.stdout.decode(errors="replace")


def jobs_of(told: str) -> Counter[Size]:
    """Lines of cores and mebibytes. One that is no such line is no job."""
    return Counter(size for size, _ in _rows(told))


def slots_of(told: str) -> tuple[Counter[Size], Counter[Size]]:
    """Lines of cores, mebibytes, and two words: those that wait for a job, and those that have just come."""
    rows = [(size, rest) for size, rest in _rows(told) if len(rest) == 2]  # noqa: PLR2004
    waiting, young = (Counter(size for size, rest in rows if rest[n] == "true") for n in (0, 1))
    return waiting, young


def _rows(told: str) -> Iterator[tuple[Size, list[str]]]:
    for line in told.splitlines():
        words = line.split()
        try:
            cpus, mebibytes = (float(word) for word in words[:2])
            yield (int(cpus), int(mebibytes)), words[2:]
        except (ValueError, OverflowError):
            continue
