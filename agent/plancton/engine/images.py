"""Whether the pilots' images are on this host, and bringing them where that is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from plancton.engine.base import Engine, EngineError
from plancton.lanes import Lane
from plancton.model import Missing

# An operator who loads a missing image should not have to wait long until it is noticed.
CHECK_SECONDS = 30.0
# Off line for a moment, a host with an image should not go without the newer one for a whole day.
RETRY_SECONDS = 3600.0
# A pull may take half an hour; another kind's image should not have to wait for it.
THREADS = 4


@dataclass(frozen=True)
class Wanted:
    """An image, and how often a newer one is looked for: None never pulls, 0 a missing one only."""

    image: str
    refresh_seconds: float | None


class Images:
    """Looks after the images of all kinds. `call` and `post` are those of the desk."""

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
        self._lane = Lane("image", THREADS)
        self._watches: dict[Wanted, _Watch] = {}

    def look(self, wanted: Mapping[str, Wanted]) -> dict[str, Missing]:
        """What is not there, by kind. Looks again in time."""
        watches = {one: self._watches.get(one) or _Watch(one, self._clock()) for one in wanted.values()}
        self._watches = watches
        for watch in watches.values():
            self._look_again(watch)
        found = {kind: watches[one].found for kind, one in wanted.items()}
        return {kind: missing for kind, missing in found.items() if missing is not None}

    def refreshes(self, wanted: Mapping[str, Wanted]) -> dict[str, bool]:
        """By kind, whether the last pull of its image succeeded; without those that were never pulled."""
        pulled = {kind: watch.pulled for kind, one in wanted.items() if (watch := self._watches.get(one))}
        return {kind: succeeded for kind, succeeded in pulled.items() if succeeded is not None}

    def hurry(self) -> None:
        """A start has failed for want of its image: look at once."""
        for watch in self._watches.values():
            watch.due = self._clock()

    @property
    def busy(self) -> bool:
        """Whether an answer is waited for."""
        return any(watch.busy for watch in self._watches.values())

    def _look_again(self, watch: _Watch) -> None:
        now = self._clock()
        if now >= watch.due and not watch.busy:
            watch.busy, watch.due = True, now + CHECK_SECONDS
            stale = watch.is_stale(now)
            self._lane.run(lambda: self._look(watch, stale=stale))

    def _look(self, watch: _Watch, *, stale: bool) -> None:
        found: Missing | None = None
        pulled: bool | None = None
        image, may_pull = watch.wanted.image, watch.wanted.refresh_seconds is not None
        try:
            present = self._call("inspect_image", lambda: self._engine.has_image(image))
            if stale or (may_pull and not present):
                refusal = self._pull(image)
                pulled = refusal is None
                # Off line, the image at hand serves on.
                found = None if present else refusal
            elif not present:
                found = Missing(
                    f"{image} is not on this host, and pilot.image_refresh_seconds allows no pull"
                )
        except EngineError as error:
            found = Missing(f"{image}: {error}")
        self._post(lambda: self._take(watch, found, pulled=pulled))

    def _pull(self, image: str) -> Missing | None:
        try:
            self._call("pull", lambda: self._engine.pull(image))
        except EngineError as error:
            return Missing(f"{image} cannot be pulled: {error}")
        return None

    def _take(self, watch: _Watch, found: Missing | None, *, pulled: bool | None) -> None:
        watch.busy, watch.found = False, found
        if pulled is not None:
            watch.pulled = pulled
        if pulled is not None and found is None:
            watch.asked_at = self._clock()


class _Watch:
    """What is known of one image. Written by the loop's thread only."""

    def __init__(self, wanted: Wanted, now: float) -> None:
        self.wanted = wanted
        self.found: Missing | None = Missing(f"{wanted.image} is being looked for")
        self.due = now
        self.pulled: bool | None = None
        self.asked_at: float | None = None
        self.busy = False

    def is_stale(self, now: float) -> bool:
        """Whether a newer one is to be looked for."""
        refresh_seconds = self.wanted.refresh_seconds
        if not refresh_seconds:
            return False
        wait = refresh_seconds if self.pulled else min(refresh_seconds, RETRY_SECONDS)
        return self.asked_at is None or now - self.asked_at >= wait
