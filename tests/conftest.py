"""A test that fails is run once more, and told as `rerun` in the summary. What is broken fails twice.

Tests here have real clocks, threads, engines and hosts, and those end to end watch the CPU of a whole
machine, which anything else on it disturbs.
"""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.pluginmanager.hasplugin("rerunfailures"):
        return  # switched off, by one who wants to see each failure
    for item in items:
        item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=2))
