"""Asks a Prometheus, or whatever answers its HTTP API (Thanos, Mimir)."""

from __future__ import annotations

import base64
import http.client
import json
import math
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT_URL = "http://127.0.0.1:9090"
ANSWER_SECONDS = 60.0
UNAUTHORIZED = (401, 403)

Labels = dict[str, str]


class NoPrometheus(Exception):
    """It cannot be asked, or what answers is none. The message is one sentence."""


class BadAccess(Exception):
    """How to reach it is given wrongly. The message is one sentence that names the option."""


@dataclass(frozen=True)
class Sample:
    """One series at one moment."""

    labels: Labels
    value: float


@dataclass(frozen=True)
class Row:
    """One series over a while: (Unix time, value), the oldest first."""

    labels: Labels
    points: list[tuple[float, float]]


class Prometheus:
    """One server. `credentials` is a file with user:password, `ca` one with the authorities to trust.

    Raises BadAccess.
    """

    def __init__(
        self,
        url: str,
        credentials: Path | None = None,
        ca: Path | None = None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        if not _is_address(url):
            raise BadAccess(f"--prometheus: must be such as {DEFAULT_URL}, not {url!r}")
        self.url = url.rstrip("/")
        self._answer_seconds = answer_seconds
        self._headers = {} if credentials is None else {"Authorization": f"Basic {_encoded(credentials)}"}
        # No proxy: the environment's is for the world outside, and a monitor is at home.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=_trust(ca))
        )

    def instant(self, expression: str, at: float) -> list[Sample]:
        """The vector at a moment (Unix time). Values that are no number are left out."""
        found = (Sample(row["metric"], float(row["value"][1])) for row in self._ask(expression, at, "vector"))
        return [sample for sample in found if not math.isnan(sample.value)]

    def samples(self, expression: str, at: float) -> list[Row]:
        """All samples of a range selector such as `x[1h]` that ends at a moment."""
        rows = self._ask(expression, at, "matrix")
        return [Row(row["metric"], [(t, float(v)) for t, v in row.get("values", [])]) for row in rows]

    def _ask(self, expression: str, at: float, expected: str) -> list[dict[str, Any]]:
        form = {"query": expression, "time": f"{at:.3f}", "timeout": f"{self._answer_seconds:g}s"}
        answer = self._parsed(self._posted("/api/v1/query", form))
        if answer.get("status") == "error":
            raise NoPrometheus(f"{self.url} refuses a query: {answer.get('error', 'without a reason')}")
        data = answer.get("data")
        if not isinstance(data, dict) or data.get("resultType") != expected:
            raise NoPrometheus(f"{self.url} is no Prometheus: its answer is not what the API says")
        found: list[dict[str, Any]] = data["result"]
        return found

    def _posted(self, path: str, form: dict[str, str]) -> bytes:
        # The scheme has been checked: nothing but HTTP is opened.
        request = urllib.request.Request(  # noqa: S310
            self.url + path, urllib.parse.urlencode(form).encode(), self._headers
        )
        try:
            with self._opener.open(request, timeout=self._answer_seconds) as response:
                content: bytes = response.read()
        except urllib.error.HTTPError as error:
            return self._refused(error)
        except (OSError, http.client.HTTPException) as error:
            raise NoPrometheus(f"no Prometheus answers at {self.url}: {_told(error)}") from None
        return content

    def _refused(self, error: urllib.error.HTTPError) -> bytes:
        """A Prometheus says in JSON what is wrong with a query; others say other things."""
        with error:
            if error.code in UNAUTHORIZED:
                raise NoPrometheus(
                    f"{self.url} does not let you in ({error.code}): give --credentials with user:password"
                ) from None
            try:
                content: bytes = error.read()
                json.loads(content)
            except (OSError, http.client.HTTPException, ValueError):
                raise NoPrometheus(f"{self.url} is no Prometheus: it answers {error.code}") from None
        return content

    def _parsed(self, content: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise NoPrometheus(f"{self.url} is no Prometheus: its answer is not what the API says")
        return answer


def _is_address(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _encoded(path: Path) -> str:
    try:
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadAccess(f"--credentials: {path} cannot be read: {_told(error)}") from None
    if ":" not in text or "\n" in text:
        raise BadAccess(f"--credentials: {path} must be one line, user:password")
    return base64.b64encode(text.encode()).decode()


def _trust(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if ca is None else str(ca))
    except (OSError, ssl.SSLError) as error:
        raise BadAccess(f"--ca: {ca} holds no certificates: {_told(error)}") from None


def _told(error: Exception) -> str:
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        error = error.reason
    if isinstance(error, TimeoutError):
        return "it takes too long"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
