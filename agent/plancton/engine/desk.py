"""Between the loop and the engine: the loop hands over actions and takes back outcomes, never waits.

An engine that hangs for a minute delays nothing here: its calls run in lanes, what it last listed
is kept until it is too old to be trusted, and an action without an answer has failed by its deadline.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import TypeVar

from plancton.boost import Boost
from plancton.engine.base import Engine, EngineError, Facts, NoImage
from plancton.engine.images import Images, Wanted
from plancton.engine.networks import Networks
from plancton.lanes import Lane
from plancton.model import (
    Action,
    Done,
    Failed,
    Freeze,
    Kill,
    Listing,
    Missing,
    Outcome,
    Pilot,
    Reap,
    Start,
    Stop,
    Thaw,
    key,
)
from plancton.pilot_spec import Spec

R = TypeVar("R")
log = logging.getLogger(__name__)

# A kill is answered when the container has ended (some 0.1 s); this many at a time free a large
# host within the second and still leave the engine air to breathe.
RELEASE_THREADS = 8
# Giving back has one lane: what comes first is done first, and nothing else is ever before it.
LANES: dict[type[Action], str] = {Freeze: "release", Stop: "release", Kill: "release"}
# A call may answer this much after its deadline (it consists of several requests) before it is given up.
GRACE = 2.0


@dataclass(frozen=True)
class Request:
    """One finished call to the engine, for the metrics."""

    operation: str
    seconds: float
    error: str | None


class Desk:
    """Owns the lanes. All methods are called from the loop's thread and return at once."""

    def __init__(
        self,
        engine: Engine,
        deadline_seconds: float,
        resync_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        boost: Boost | None = None,
    ) -> None:
        self._engine = engine
        self._deadline = deadline_seconds
        self._resync = resync_seconds
        self._clock = clock
        self.boost = boost or Boost()
        self._lanes = {
            "list": Lane("list", 1),
            "start": Lane("start", 1),
            "release": Lane("release", RELEASE_THREADS),
            "thaw": Lane("thaw", 1),
            "reap": Lane("reap", 1),
        }
        self._done: SimpleQueue[Callable[[], Outcome | None]] = SimpleQueue()
        self._requests: SimpleQueue[Request] = SimpleQueue()
        self._open: dict[str, tuple[Action, float]] = {}
        self._under_way: set[str] = set()
        self._turn = threading.Lock()
        self._listing: Listing | Missing = Missing("the engine has not answered yet")
        self._asked_at: float | None = None
        self.facts: Facts | None = None
        self._wanted = True
        self._images = Images(engine, self._call, self._done.put, clock)
        self.networks = Networks(engine, self._call, self._done.put, clock)

    # --- what the engine knows -------------------------------------------------------------------

    def want_listing(self) -> None:
        """Something has changed: the next listing is asked for now and not at the next resync."""
        self._wanted = True

    def listing(self) -> Listing | Missing:
        """What the engine last listed, or Missing when that is too old; asks anew when it is time."""
        now = self._clock()
        latest = self._listing
        due = isinstance(latest, Missing) or now - latest.asked_at >= self._resync
        if self._asked_at is None and (self._wanted or due):
            self._wanted = False
            self._asked_at = now
            ask_facts = self.facts is None or isinstance(latest, Missing)
            self._lanes["list"].run(lambda: self._list(now, ask_facts=ask_facts))
        if isinstance(latest, Listing) and now - latest.asked_at > self._resync + self._deadline:
            return Missing(f"the engine has not listed its containers for {now - latest.asked_at:.0f} s")
        return latest

    def _list(self, asked_at: float, *, ask_facts: bool) -> None:
        listing: Listing | Missing
        facts = None
        try:
            # An engine that was away may come back as another: a newer one, with another driver.
            facts = self._call("info", self._engine.facts) if ask_facts else None
            pilots: tuple[Pilot, ...] = self._call("list", self._engine.pilots)
            listing = Listing(pilots, asked_at)
        except EngineError as error:
            listing = Missing(str(error))
        self._done.put(lambda: self._take_listing(listing, facts))

    def _take_listing(self, listing: Listing | Missing, facts: Facts | None) -> None:
        self._listing = listing
        self.facts = facts or self.facts
        if facts is not None:
            self.networks.hurry()
        self._asked_at = None

    def images(self, wanted: Mapping[str, Wanted]) -> dict[str, Missing]:
        """What is not on this host of the images that are wanted, by kind; see Images."""
        return self._images.look(wanted)

    def image_refreshes(self, wanted: Mapping[str, Wanted]) -> dict[str, bool]:
        """Whether the last attempt to pull an image succeeded, by kind; see Images."""
        return self._images.refreshes(wanted)

    # --- what the engine does --------------------------------------------------------------------

    def perform(self, actions: Iterable[Action], specs: Mapping[str, Spec] | None = None) -> None:
        """Hand actions over. Each is answered by exactly one outcome, in time.

        Starts need the description of their kind.
        """
        for action in actions:
            asked_at = self._clock()
            self._open[key(action)] = (action, asked_at)
            lane = LANES.get(type(action), _operation(action))
            spec = (specs or {}).get(action.kind) if isinstance(action, Start) else None
            self._lanes[lane].run(lambda a=action, t=asked_at, s=spec: self._act(a, t, s))  # type: ignore[misc]

    def cancel(self, name: str) -> bool:
        """Take a start back. False when it is under way already: it will be answered as any other."""
        with self._turn:
            if name in self._under_way or name not in self._open:
                return False
            del self._open[name]
            return True

    def _act(self, action: Action, asked_at: float, spec: Spec | None) -> None:
        with self._turn:
            if self._open.get(key(action)) != (action, asked_at):
                return  # taken back or given up while it waited its turn: nobody wants it any more
            self._under_way.add(key(action))
        outcome: Outcome
        began = self._clock()
        try:
            with self.boost.held() if type(action) in LANES else nullcontext():
                outcome = self._call(_operation(action), lambda: self._do(action, began, spec))
        except EngineError as error:
            now = self._clock()
            outcome = Failed(action, now, now - began, str(error), isinstance(error, NoImage))
        self._under_way.discard(key(action))
        self._done.put(lambda: self._close(outcome, asked_at))

    def _do(self, action: Action, began: float, spec: Spec | None) -> Done:
        if isinstance(action, Start):
            if spec is None:
                raise EngineError("a pilot without a description cannot be started")
            pilot = replace(self._engine.start(action.name, spec), created_at=action.decided_at)
            return Done(action, self._clock(), self._clock() - began, pilot=pilot)
        if isinstance(action, Reap):
            ending = self._engine.reap(action.pilot.id)
            return Done(action, self._clock(), self._clock() - began, ending=ending)
        engine = self._engine
        calls = {Freeze: engine.freeze, Thaw: engine.thaw, Stop: engine.stop, Kill: engine.kill}
        calls[type(action)](action.pilot.id)
        return Done(action, self._clock(), self._clock() - began)

    def _close(self, outcome: Outcome, asked_at: float) -> Outcome | None:
        """An answer counts once: one that comes after its action was given up is dropped."""
        name = key(outcome.action)
        if name not in self._open or self._open[name][1] != asked_at:
            return None
        del self._open[name]
        self._wanted = True
        if isinstance(outcome, Failed) and outcome.no_image:
            self._images.hurry()
        return outcome

    def outcomes(self) -> list[Outcome]:
        """What has been answered since the last call, and what has taken too long."""
        found = []
        while True:
            try:
                outcome = self._done.get_nowait()()
            except Empty:
                break
            if outcome is not None:
                found.append(outcome)
        now = self._clock()
        longest = self._deadline * GRACE
        for action, asked_at in list(self._open.values()):
            if now - asked_at > longest:
                late = Failed(
                    action, now, now - asked_at, f"the engine did not answer within {longest:.0f} s"
                )
                self._close(late, asked_at)
                found.append(late)
        return found

    def requests(self) -> list[Request]:
        """The calls finished since the last call of this method."""
        found = []
        while True:
            try:
                found.append(self._requests.get_nowait())
            except Empty:
                return found

    def _call(self, operation: str, call: Callable[[], R]) -> R:
        began = self._clock()
        try:
            answer = call()
        except Exception as error:
            self._requests.put(Request(operation, self._clock() - began, str(error)))
            if isinstance(error, EngineError):
                raise
            log.exception("the engine's adapter has a fault in %s", operation)
            raise EngineError(f"{operation}: {type(error).__name__}: {error}") from error
        self._requests.put(Request(operation, self._clock() - began, None))
        return answer


def _operation(action: Action) -> str:
    return type(action).__name__.lower()
