"""Whether the pilots' image is on this host, and bringing it where that is allowed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plancton.engine.base import Engine, EngineError
from plancton.lanes import Lane
from plancton.model import Missing

# An operator who loads a missing image should not have to wait long until it is noticed.
CHECK_SECONDS = 30.0


class ImageWatch:
    """Looks after one image at a time. `call` and `post` are those of the desk."""

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
        self._lane = Lane("image", 1)
        self._image: str | None = None
        self._found: Missing | None = None
        self._due = 0.0
        self._pulled_at: float | None = None
        self._busy = False

    def look(self, image: str, refresh_seconds: float | None) -> Missing | None:
        """Missing while it is not there. Looks again in time; `refresh_seconds` None never pulls."""
        now = self._clock()
        if image != self._image:
            self._image, self._due, self._pulled_at = image, now, None
            self._found = Missing(f"{image} is being looked for")
        if now >= self._due and not self._busy:
            self._busy = True
            self._due = now + CHECK_SECONDS
            stale = self._is_stale(now, refresh_seconds)
            self._lane.run(lambda: self._look(image, may_pull=refresh_seconds is not None, stale=stale))
        return self._found

    def hurry(self) -> None:
        """A start has failed for want of the image: look at once."""
        self._due = self._clock()

    def _is_stale(self, now: float, refresh_seconds: float | None) -> bool:
        if not refresh_seconds:
            return False
        return self._pulled_at is None or now - self._pulled_at >= refresh_seconds

    def _look(self, image: str, *, may_pull: bool, stale: bool) -> None:
        found: Missing | None = None
        pulled = False
        try:
            present = self._call("inspect_image", lambda: self._engine.has_image(image))
            if stale or (may_pull and not present):
                found = self._pull(image, present=present)
                pulled = found is None
            elif not present:
                found = Missing(
                    f"{image} is not on this host, and pilot.image_refresh_seconds allows no pull"
                )
        except EngineError as error:
            found = Missing(f"{image}: {error}")
        self._post(lambda: self._take(image, found, pulled=pulled))

    def _pull(self, image: str, *, present: bool) -> Missing | None:
        try:
            self._call("pull", lambda: self._engine.pull(image))
        except EngineError as error:
            # Off line, the image at hand serves on; the failure is in the engine's metrics.
            return None if present else Missing(f"{image} cannot be pulled: {error}")
        return None

    def _take(self, image: str, found: Missing | None, *, pulled: bool) -> None:
        self._busy = False
        if image == self._image:
            self._found = found
            self._pulled_at = self._clock() if pulled else self._pulled_at
