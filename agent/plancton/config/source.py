"""The configuration file over time: read at the start, again when it changes or when told to."""

from __future__ import annotations

import logging
import time
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import psutil

from plancton.config.load import ConfigError, check_against_host, load
from plancton.config.schema import Config

log = logging.getLogger(__name__)

Mark = tuple[int, int, int]
T = TypeVar("T")


class ConfigSource:
    """Keeps the configuration in force. A reload that fails changes nothing but `error`."""

    def __init__(self, path: Path | None, fixed: Config | None = None) -> None:
        """Read the file; None is the embedded defaults. Raises ConfigError."""
        self.path = path
        self._mark = self._stat()
        self.config = fixed or self._read()
        self.loaded_at = time.time()
        self.error: str | None = None

    def _read(self) -> Config:
        config = Config() if self.path is None else load(self.path)
        source = "the defaults" if self.path is None else str(self.path)
        check_against_host(config, psutil.cpu_count() or 1, psutil.virtual_memory().total, source)
        return config

    def _stat(self) -> Mark | None:
        try:
            about = self.path.stat() if self.path is not None else None
        except OSError:
            return None
        return None if about is None else (about.st_ino, about.st_mtime_ns, about.st_size)

    def refresh(self, *, now: bool = False) -> bool:
        """Read the file again if it has changed, or anyway (`now`). Tells whether that was done well."""
        if self.path is None:
            return False
        mark = self._stat()
        if mark == self._mark and not now:
            return False
        self._mark = mark
        try:
            config = self._read()
        except ConfigError as error:
            self.error = str(error)
            log.error("the configuration in force is kept: %s", error)  # noqa: TRY400 - a sentence, no trace
            return False
        self.config, waiting = _keep_at_start(self.config, config)
        for key in waiting:
            log.warning("%s: %s has changed and is taken in at the next start", self.path, key)
        self.error, self.loaded_at = None, time.time()
        log.info("configuration read from %s", self.path)
        return True


def _keep_at_start(before: T, after: T, prefix: str = "") -> tuple[T, list[str]]:
    """`after` with the old values of what counts at the start only, and the keys that wait for it.

    Parts that were made at the start hold on to these values. If others saw the new ones, an agent
    would label its pilots with one name and look for them under another.
    """
    kept: dict[str, Any] = {}
    waiting: list[str] = []
    for field in fields(before):  # type: ignore[arg-type]
        old, new = getattr(before, field.name), getattr(after, field.name)
        if is_dataclass(field.default):
            kept[field.name], below = _keep_at_start(old, new, f"{prefix}{field.name}.")
            waiting += below
        elif field.metadata["at_start"] and old != new:
            kept[field.name] = old
            waiting.append(prefix + field.name)
    return replace(after, **kept), waiting  # type: ignore[type-var]
