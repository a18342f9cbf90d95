"""The configuration file over time: read at the start, again when it changes or when told to."""

from __future__ import annotations

import logging
import time
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import psutil

from plancton.config.load import ConfigError, check_against_host, load
from plancton.config.schema import Config

log = logging.getLogger(__name__)

Mark = tuple[int, int, int]


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
        for key in _changed_at_start(self.config, config):
            log.warning("%s: %s has changed and is taken in at the next start", self.path, key)
        self.config, self.error, self.loaded_at = config, None, time.time()
        log.info("configuration read from %s", self.path)
        return True


def _changed_at_start(before: Any, after: Any, prefix: str = "") -> list[str]:
    """The keys that differ and count at the start only."""
    changed = []
    for field in fields(before):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if is_dataclass(old):
            changed += _changed_at_start(old, new, f"{prefix}{field.name}.")
        elif field.metadata["at_start"] and old != new:
            changed.append(prefix + field.name)
    return changed
