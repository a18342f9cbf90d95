"""The filters of the inventory: what certificates are for, and how Prometheus asks whom."""

from __future__ import annotations

from typing import Any

import pytest

from plancton.facility import inventory as fleet
from tests.unit import loaded


def on(address: str, **more: Any) -> dict[str, Any]:
    """A host whose agent listens there."""
    return {"agent_config_web": {"listen_address": address}, **more}


EVERYWHERE = on("0.0.0.0:10016")
OWN = {"agent_config_web": {"listen_address": "0.0.0.0:1", "tls_certificate_file": "/a"}}


@pytest.mark.parametrize(
    ("settings", "monitors", "addresses"),
    [
        (EVERYWHERE, [], ["pc01"]),
        ({**EVERYWHERE, "ansible_host": "192.0.2.7"}, ["other"], ["pc01", "192.0.2.7"]),
        (EVERYWHERE, ["pc01"], ["pc01", "127.0.0.1"]),
        ({}, ["pc01"], ["pc01", "127.0.0.1"]),
        ({**EVERYWHERE, "ansible_connection": "local"}, [], ["pc01", "127.0.0.1"]),
        ({"agent_config_web": {"listen_address": "[2001:db8::7]:1"}}, [], ["pc01", "2001:db8::7"]),
        ({"agent_scrape_address": "gate.example.org:9"}, [], ["pc01", "gate.example.org"]),
    ],
)
def test_a_certificate_is_for_the_addresses_that_monitors_and_the_control_node_use(
    settings: dict[str, Any], monitors: list[str], addresses: list[str]
) -> None:
    assert loaded.plugin("inventory").certificate_addresses("pc01", {"pc01": settings}, monitors) == addresses


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        ({}, {"instance": "pc01"}),
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


@pytest.mark.parametrize(
    ("settings", "certified", "secured"),
    [
        ({}, False, False),
        (on("127.0.0.1:1"), False, False),
        (on("127.8.0.1:1"), False, False),
        (on("localhost:1"), False, False),
        (on("[::1]:1"), False, False),
        ({"agent_config_web": {"tls_min_version": "TLS12"}}, False, False),
        ({"agent_config_web": None}, False, False),
        # What a network can reach is not left open, unless that is said.
        (on("0.0.0.0:1"), True, True),
        (on(":1"), True, True),
        (on("[::]:1"), True, True),
        (on("192.0.2.7:1"), True, True),
        (on("127.example.org:1"), True, True),
        (on("0.0.0.0:1", agent_tls=None), True, True),
        (on("0.0.0.0:1", agent_tls="false"), False, False),
        (on("0.0.0.0:1", agent_tls=False), False, False),
        (on("0.0.0.0:1", agent_tls="no"), False, False),
        # A proxy before the loopback has a certificate of its own, or none.
        ({"agent_scrape_address": "gate.example.org:9"}, False, False),
        ({"agent_tls": "true"}, True, True),
        ({"agent_tls": True}, True, True),
        ({"agent_tls": "Yes"}, True, True),
        ({"agent_tls": 1}, True, True),
        # The operator's own.
        (OWN, False, True),
        ({**OWN, "agent_tls": False}, False, True),
        ({**OWN, "agent_tls": True}, True, True),
    ],
)
def test_who_can_be_reached_is_behind_tls_unless_the_inventory_says_otherwise(
    settings: dict[str, Any], *, certified: bool, secured: bool
) -> None:
    """`plancton fleet`, which has no plugins of Ansible, sees it as the roles do."""
    plugin, hosts = loaded.plugin("inventory"), {"pc01": settings}
    assert plugin.certified_donors(["pc01"], hosts) == ["pc01"] * certified
    assert plugin.secured_donors(["pc01"], hosts) == ["pc01"] * secured
    assert fleet.is_certified(settings) is certified


WATCH = {"prometheus_agents_password": "a word"}
GUARDED = {"agent_config_web": {"listen_address": ":1", "basic_auth_users": {"prometheus": "scrypt"}}}


@pytest.mark.parametrize(
    ("pc01", "watch", "says"),
    [
        (
            on(":1", agent_tls=False),
            WATCH,
            "pc01: not behind TLS, where the monitor watch would tell everybody its ",
        ),
        ({"agent_scrape_address": "gate:1"}, WATCH, "pc01: not behind TLS, where the monitor watch would "),
        (GUARDED, {}, "pc01: agent_config_web.basic_auth_users does not let the monitor watch in: give "),
        (GUARDED, {**WATCH, "prometheus_agents_username": "eve"}, "and its hash to the user eve"),
        (GUARDED, WATCH, None),
        (EVERYWHERE, WATCH, None),
        (on(":1", agent_tls=False), {}, None),
        (on(":1", agent_tls=False), {"prometheus_agents_password": ""}, None),
    ],
)
def test_a_password_is_told_to_nobody_and_none_is_missing(
    pc01: dict[str, Any], watch: dict[str, Any], says: str | None
) -> None:
    groups = {"donors": ["pc01"], "monitors": ["watch"]}
    hosts = {"pc01": {**pc01, "ansible_host": "192.0.2.1"}, "watch": {**watch, "ansible_host": "192.0.2.2"}}
    problems = loaded.plugin("inventory").inventory_problems(groups, hosts, [])
    assert len(problems) == (says is not None), problems
    assert says is None or says in problems[0]


def test_a_password_may_be_told_on_the_monitor_itself() -> None:
    groups = {"donors": ["pc01"], "monitors": ["pc01"]}
    assert loaded.plugin("inventory").inventory_problems(groups, {"pc01": WATCH}, []) == []
