"""Which path answers what. Knows nothing of sockets."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from plancton.history import KEPT, History
from plancton.report import Report
from plancton.web import landing, view

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """A response, complete."""

    status: int
    content_type: str
    body: bytes


@dataclass
class App:
    """The agent, seen from outside. `alive` tells whether the loop still turns."""

    registry: CollectorRegistry
    history: History
    report: Callable[[], Report | None]
    alive: Callable[[], bool]
    name: str
    config_path: str

    def answer(self, path: str, accept: str) -> Answer:
        """The response to a GET. Anything unknown is 404."""
        path, _, query = path.partition("?")
        if path == "/metrics":
            encode, content_type = choose_encoder(accept)
            return Answer(200, content_type, encode(self.registry))
        if path == "/why":
            return _json(200, {"time": time.time(), "decisions": self.history.entries(_limit(query))})
        page = self._pages().get(path)
        return _text(404, f"nothing is at {path[:200]}") if page is None else page()

    def _pages(self) -> dict[str, Callable[[], Answer]]:
        return {
            "/": self._landing,
            "/-/healthy": self._healthy,
            "/-/ready": self._ready,
            "/status": self._status_page,
        }

    def _landing(self) -> Answer:
        html = landing.page(self._status(), self.history.entries(landing.DECISIONS), time.time())
        return Answer(200, "text/html; charset=utf-8", html.encode())

    def _healthy(self) -> Answer:
        return _text(200, "healthy") if self.alive() else _text(503, "the loop does not turn")

    def _ready(self) -> Answer:
        why = view.why_not_ready(self.report())
        return _text(200, "ready") if why is None else _text(503, f"not ready: {why}")

    def _status_page(self) -> Answer:
        status = self._status()
        return _json(200, status) if status else _json(503, {"error": "the first look is not over"})

    def _status(self) -> dict[str, Any] | None:
        report = self.report()
        return None if report is None else view.status(report, self.name, self.config_path)


def refusal(status: HTTPStatus) -> Answer:
    """What somebody is told who is not let in."""
    return _text(status.value, status.phrase)


def _limit(query: str) -> int:
    """`limit=N` of /why: who watches asks each second, and a thousand entries are dear."""
    wanted = parse_qs(query).get("limit", [""])[0]
    return min(int(wanted), KEPT) if re.fullmatch("[1-9][0-9]{0,8}", wanted) else KEPT


def _text(status: int, text: str) -> Answer:
    return Answer(status, TEXT, (text + "\n").encode())


def _json(status: int, content: Any) -> Answer:
    return Answer(status, "application/json", (json.dumps(content) + "\n").encode())
