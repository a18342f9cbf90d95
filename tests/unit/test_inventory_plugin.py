"""The filters of the inventory: what certificates are for, and how Prometheus asks whom."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit import loaded

EVERYWHERE = {"agent_config_web": {"listen_address": "0.0.0.0:10016"}}


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
    assert loaded.plugin("inventory").certificate_addresses("pc01", {"pc01": settings}, monitors) == addresses


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
    (target,) = loaded.plugin("inventory").scrape_targets(["pc01"], {"pc01": settings}, "monitor")
    assert target == {"targets": ["127.0.0.1:10016"], "labels": labels}
