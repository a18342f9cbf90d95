"""Whether the pilots' own network is there and guarded; it is made where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plancton.config.schema import Config
from plancton.core.policy import Mode
from plancton.engine.base import Engine, EngineError
from plancton.lanes import Lane
from plancton.model import Missing
from plancton.network.bridge import Bridge, bridge_of, kinds_on_it, report_path
from plancton.network.report import why_not_guarded
from plancton.network.rules import Guard, guard_of

# The guard's word and the bridge are looked at this often: two small files, so to speak.
CHECK_SECONDS = 10.0
NOT_LOOKED = Missing("the pilots' network is being looked at")


@dataclass(frozen=True)
class Wanted:
    """The network of these kinds. `guard` is None where none is asked for; `make`: not in a dry run."""

    kinds: tuple[str, ...]
    bridge: Bridge
    guard: Guard | None
    report: Path
    check_seconds: float
    make: bool = True


def wanted_of(config: Config) -> Wanted:
    """What a configuration asks for; without kinds there is nothing to look at."""
    return Wanted(
        kinds_on_it(config),
        bridge_of(config),
        guard_of(config),
        report_path(config),
        config.network.check_seconds,
        make=config.mode is not Mode.DRY_RUN,
    )


class Networks:
    """Looks after the one network. `call` and `post` are those of the desk."""

    def __init__(
        self,
        engine: Engine,
        call: Callable[[str, Callable[[], Any]], Any],
        post: Callable[[Callable[[], None]], None],
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._call = call
        self._post = post
        self._clock = clock
        self._lane = Lane("network", 1)
        self._wanted: Wanted | None = None
        self._found: Missing | None = NOT_LOOKED
        self._guarded: bool | None = None
        self._due = 0.0
        self._busy = False

    def look(self, wanted: Wanted) -> dict[str, Missing]:
        """What stands against starting pilots in it, by kind. Looks again in time."""
        if wanted != self._wanted:
            self._wanted, self._found, self._due, self._guarded = wanted, NOT_LOOKED, self._clock(), None
        if wanted.kinds and self._clock() >= self._due and not self._busy:
            self._busy, self._due = True, self._clock() + CHECK_SECONDS
            self._lane.run(lambda: self._look(wanted))
        return {} if self._found is None else dict.fromkeys(wanted.kinds, self._found)

    def hurry(self) -> None:
        """The engine was away: look at once."""
        self._due = self._clock()

    @property
    def guarded(self) -> bool | None:
        """None where no kind is in it, or nobody has looked yet."""
        return self._guarded

    def _look(self, wanted: Wanted) -> None:
        unguarded = self._unguarded(wanted)
        found = unguarded
        try:
            if wanted.make:
                self._call("network", lambda: self._engine.ensure_network(wanted.bridge))
        except EngineError as error:
            found = Missing(str(error))
        guarded = wanted.guard is not None and unguarded is None
        self._post(lambda: self._take(wanted, found, guarded=guarded))

    def _unguarded(self, wanted: Wanted) -> Missing | None:
        if wanted.guard is None:
            return None
        return why_not_guarded(wanted.report, wanted.guard, wanted.check_seconds)

    def _take(self, wanted: Wanted, found: Missing | None, *, guarded: bool) -> None:
        self._busy = False
        if wanted == self._wanted:
            self._found, self._guarded = found, guarded
