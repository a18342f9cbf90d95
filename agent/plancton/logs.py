"""The agent's log on standard error: one line an event, as logfmt or JSON."""

from __future__ import annotations

import json
import logging
import sys
import time


class _Format(logging.Formatter):
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        return time.strftime(datefmt or "%c", time.gmtime(record.created))

    def parts(self, record: logging.LogRecord) -> dict[str, str]:
        """What a line says."""
        message = record.getMessage()
        if record.exc_info:
            message += "\n" + self.formatException(record.exc_info)
        stamp = f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03}Z"
        return {"time": stamp, "level": record.levelname.lower(), "msg": message}


class _Logfmt(_Format):
    def format(self, record: logging.LogRecord) -> str:
        return " ".join(f"{k}={_quoted(v)}" for k, v in self.parts(record).items())


class _Json(_Format):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.parts(record))


def _quoted(value: str) -> str:
    return value if value.replace("-", "").replace(":", "").replace(".", "").isalnum() else json.dumps(value)


def set_up(level: str, style: str) -> None:
    """Log everything of that level and above. Libraries are heard from `warning` on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if style == "json" else _Logfmt())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("plancton").setLevel(level.upper())
