"""Settings for all unit tests."""

from __future__ import annotations

import threading
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
