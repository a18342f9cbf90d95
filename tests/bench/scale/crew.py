"""The pilots of a host on paper, and an engine that does everything at once and never fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random

from plancton.core.observe import Pilots
from plancton.model import Action, Done, Ending, Freeze, Kill, Pilot, PilotState, Reap, Start, Stop, Thaw

# The mean life of a pilot that nobody disturbs.
LIFE_SECONDS = 2400.0
STATES = {Freeze: PilotState.FROZEN, Thaw: PilotState.RUNNING, Stop: PilotState.ENDED, Kill: PilotState.ENDED}


class Crew:
    """`used` is the CPU of each pilot so far, in seconds, by its id."""

    def __init__(self, rng: Random) -> None:
        self.used: dict[str, float] = {}
        self._rng = rng
        self._pilots: dict[str, Pilot] = {}
        self._number = 0

    def __len__(self) -> int:
        return len(self._pilots)

    def work(self, seconds: float, cores: float) -> None:
        """Divide so many cores among those that run; some are done with their jobs."""
        running = [pilot for pilot in self._pilots.values() if pilot.state is PilotState.RUNNING]
        for pilot in running:
            share = min(cores / len(running), 1.0)
            self.used[pilot.id] = self.used.get(pilot.id, 0.0) + share * seconds
            if self._rng.random() < seconds / LIFE_SECONDS:
                self._pilots[pilot.id] = replace(pilot, state=PilotState.ENDED)

    def listed(self) -> Pilots:
        """As the policy sees them."""
        by_state = {
            state: tuple(p for p in self._pilots.values() if p.state is state) for state in PilotState
        }
        return Pilots(
            running=by_state[PilotState.RUNNING],
            frozen=by_state[PilotState.FROZEN],
            ended=by_state[PilotState.ENDED],
        )

    def obey(self, actions: Iterable[Action], now: float) -> list[Done]:
        """Do all of them."""
        return [self._do(action, now) for action in actions]

    def _do(self, action: Action, now: float) -> Done:
        took = self._rng.uniform(0.1, 0.5)
        if isinstance(action, Start):
            self._number += 1
            pilot = Pilot(f"{self._number:064x}", action.name, action.kind, PilotState.RUNNING, now, "paper")
            self._pilots[pilot.id] = pilot
            return Done(action, now + took, took, pilot=pilot)
        if isinstance(action, Reap):
            self._pilots.pop(action.pilot.id, None)
            self.used.pop(action.pilot.id, None)
            lifetime = now - action.pilot.created_at
            return Done(
                action, now + took, took, ending=Ending(0, out_of_memory=False, lifetime_seconds=lifetime)
            )
        pilot = self._pilots[action.pilot.id]
        self._pilots[pilot.id] = replace(pilot, state=STATES[type(action)])
        return Done(action, now + took, took)
