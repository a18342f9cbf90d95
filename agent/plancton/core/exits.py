"""What a pilot says by its exit code. The codes are those of sysexits(3); docs/pilots.md has the contract."""

from __future__ import annotations

from enum import Enum

from plancton.model import Ending, PilotState, Reap


class Exit(str, Enum):
    """How a pilot ended. The values are those of the metrics' label `outcome`."""

    DONE = "done"
    NO_WORK = "no_work"
    DENIED = "denied"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    STOPPED = "stopped"
    KILLED = "killed"
    OUT_OF_MEMORY = "out_of_memory"
    UNKNOWN = "unknown"


# EX_OK, EX_UNAVAILABLE, EX_TEMPFAIL, EX_NOPERM.
CODES = {0: Exit.DONE, 69: Exit.UNREACHABLE, 75: Exit.NO_WORK, 77: Exit.DENIED}
# 128 + SIGKILL, as the engine tells it.
KILLED = 137


def exit_of(reap: Reap, ending: Ending | None, *, killed: bool = False, stopped: bool = False) -> Exit:
    """What became of a pilot. `killed`, `stopped`: by us; then its exit code says nothing."""
    if ending is None:
        return Exit.KILLED if killed else Exit.STOPPED if stopped else Exit.UNKNOWN
    if ending.out_of_memory:
        return Exit.OUT_OF_MEMORY
    # Killed by us, by an agent before us, or by the host's owner: the work is lost all the same.
    if killed or ending.exit_code == KILLED:
        return Exit.KILLED
    if stopped:
        return Exit.STOPPED
    if reap.pilot.state is PilotState.CREATED:
        return Exit.FAILED  # it never ran
    return CODES.get(ending.exit_code, Exit.FAILED)
