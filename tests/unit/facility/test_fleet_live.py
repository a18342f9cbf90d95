"""`plancton fleet` on a terminal of the test's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.unit.facility.servers import serving
from tests.unit.facility.test_commands import prometheus
from tests.unit.terminal_window import LEFT, PATIENCE, Window


def window_on(url: str) -> Window:
    command = [sys.executable, "-m", "plancton", "fleet", "--prometheus", url]
    return Window(command, lines=8)


@pytest.fixture
def url() -> Iterator[str]:
    with serving(prometheus) as address:
        yield f"http://{address}"


def test_keys_page_sort_and_end_it(url: str) -> None:
    window = window_on(url)
    try:
        first = window.until("1 to 2 of 2 by worst")
        assert first.index("pc02") < first.index("pc01")
        window.press(b"s")
        second = window.until("1 to 2 of 2 by host")
        assert second.index("pc01") < second.index("pc02")
        window.press(b"r")
        window.until("1 to 2 of 2 by host, reversed")
        window.press(b"q")
        window.until(LEFT)
        assert window.process.wait(PATIENCE) == 0
    finally:
        window.close()


def test_a_prometheus_that_goes_away_leaves_what_was_seen_last() -> None:
    with serving(prometheus) as address:
        window = window_on(f"http://{address}")
        window.until("1 to 2 of 2 by worst")
    try:
        frame = window.until("not up to date: no Prometheus answers at")
        assert "2 hosts: 1 up, 1 down" in frame
        assert "pc02" in frame
        window.press(b"q")
        window.until(LEFT)
        assert window.process.wait(PATIENCE) == 0
    finally:
        window.close()
