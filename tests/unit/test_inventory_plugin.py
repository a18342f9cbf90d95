"""The filters of the inventory: what certificates are for, and how Prometheus asks whom."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

PLUGIN = Path(__file__).resolve().parents[2] / "ansible" / "filter_plugins" / "inventory.py"
EVERYWHERE = {"agent_config_web": {"listen_address": "0.0.0.0:10016"}}


def plugin() -> Any:
    spec = importlib.util.spec_from_file_location("inventory", PLUGIN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("settings", "monitors", "addresses"),
    [
        (EVERYWHERE, [], ["pc01"]),
        ({**EVERYWHERE, "ansible_host": "192.0.2.7"}, ["other"], ["pc01", "192.0.2.7"]),
        (EVERYWHERE, ["pc01"], ["pc01", "127.0.0.1"]),
        ({}, ["pc01"], ["pc01", "127.0.0.1"]),
        ({"agent_config_web": {"listen_address": "[2001:db8::7]:1"}}, [], ["pc01", "2001:db8::7"]),
        ({"agent_scrape_address": "gate.example.org:9"}, [], ["pc01", "gate.example.org"]),
    ],
)
def test_a_certificate_is_for_the_addresses_that_monitors_use(
    settings: dict[str, Any], monitors: list[str], addresses: list[str]
) -> None:
    assert plugin().certificate_addresses("pc01", {"pc01": settings}, monitors) == addresses


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        ({}, {"instance": "pc01"}),
        ({"agent_tls": "false"}, {"instance": "pc01"}),
        ({"agent_tls": "true", "site": "lab"}, {"instance": "pc01", "site": "lab", "__scheme__": "https"}),
        (
            {"agent_config_web": {"tls_certificate_file": "/a"}},
            {"instance": "pc01", "__scheme__": "https"},
        ),
    ],
)
def test_agents_behind_tls_are_asked_over_it(settings: dict[str, Any], labels: dict[str, str]) -> None:
    (target,) = plugin().scrape_targets(["pc01"], {"pc01": settings}, "monitor")
    assert target == {"targets": ["127.0.0.1:10016"], "labels": labels}
