"""What the guard tells the agent: one small file that only the guard can write."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path

from plancton.network.rules import Guard
from plancton.readings import Missing

ROOT = 0
# The guard has missed this many of its checks: nobody knows what the firewall has now.
MISSED_CHECKS = 3
LEAST_SILENCE_SECONDS = 30.0


def write(path: Path, guard: Guard, why: str | None) -> None:
    """Say how it is now; `why` is None while the network is guarded. Raises OSError."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"digest": guard.digest, "checked_at": time.monotonic(), "why": why}) + "\n")
    draft.chmod(0o644)
    draft.replace(path)


def forget(path: Path) -> None:
    """There is nothing to guard, or nobody does any more."""
    with suppress(OSError):
        path.unlink()


def why_not_guarded(path: Path, guard: Guard, check_seconds: float) -> Missing | None:
    """None while the filter that this configuration asks for is in force, as far as the guard can say."""
    try:
        with path.open() as file:
            owner, told = os.fstat(file.fileno()).st_uid, json.load(file)
        silent, digest, why = time.monotonic() - told["checked_at"], told["digest"], told["why"]
    except FileNotFoundError:
        return Missing(f"nobody guards it: {path} is not there (does the service plancton-network run?)")
    except (OSError, ValueError, TypeError, LookupError) as error:
        return Missing(f"nobody knows whether it is guarded: {path}: {error}")
    if owner not in {ROOT, os.geteuid()}:
        return Missing(f"nobody knows whether it is guarded: {path} is not root's")
    if not 0 <= silent <= max(MISSED_CHECKS * check_seconds, LEAST_SILENCE_SECONDS):
        return Missing(f"its guard has been silent for {silent:.0f} s")
    if digest != guard.digest:
        return Missing("its guard has another configuration than the agent, so far")
    return None if why is None else Missing(f"it is not guarded: {why}")
