"""What can be asked of the simulated engine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Verb(str, Enum):
    """The values are the names of the agent's actions."""

    START = "start"
    FREEZE = "freeze"
    THAW = "thaw"
    STOP = "stop"
    KILL = "kill"
    REAP = "reap"


# From the order to its effect, in seconds, on an engine that is not busy.
LATENCY = {verb: 0.3 if verb is Verb.START else 0.1 for verb in Verb}


@dataclass(frozen=True)
class Order:
    """Something asked of the engine, about pilot `number` or, to start one, `name`.

    `token` is the asker's own; it comes back with the answer.
    """

    verb: Verb
    given_at: float
    due_at: float
    number: int = 0
    name: str = ""
    token: Any = None
