"""One tick, as the loop publishes it: for the metrics, the status page and `plancton why`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plancton.core.decide import Decision
from plancton.core.observe import Seen
from plancton.core.policy import Policy
from plancton.model import Missing


@dataclass(frozen=True)
class Report:
    """Immutable, so that other threads may read it while the loop makes the next.

    `cpu_seconds`: what each pilot has used so far, by its id, as far as the kernel has told.
    `image_refreshes`: by kind, whether the last attempt to pull its image succeeded; see Images. `ended`: how
    many pilots of each kind have ended how, since the agent started.
    `guarded`: whether the pilots' own network is, None where there is none.
    """

    seen: Seen
    policy: Policy
    decision: Decision
    sentence: str
    mode: str
    sensors: Mapping[str, bool]
    weight: Missing | None
    loaded_at: float
    reload_error: str | None
    cpu_seconds: Mapping[str, float] = field(default_factory=dict)
    image_refreshes: Mapping[str, bool] = field(default_factory=dict)
    ended: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    guarded: bool | None = None
