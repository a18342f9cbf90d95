"""Settings for all unit tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Derandomised: a pull request is judged by the same examples everywhere, and a busy machine is no
# failure. `pytest --hypothesis-profile=search tests/unit` looks for new ones.
settings.register_profile("unit", deadline=None, database=None, derandomize=True)
settings.register_profile("search", deadline=None, database=None, max_examples=5000)
settings.load_profile("unit")


@pytest.fixture(autouse=True, scope="module")
def _nothing_serves_on() -> Iterator[None]:
    """A server whose socket is closed under it spins for ever, and the tests with real load see an owner."""
    yield
    for thread in threading.enumerate():
        if thread.name == "web":
            thread.join(5.0)
            assert not thread.is_alive()


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is that of Berlin, wherever the tests run."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
