"""A run that is limited to some hosts tells of these alone."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from tests.unit import loaded

GROUPS = {"donors": ["pc01", "pc02", "pc03"], "monitors": ["mon"]}
WELL: dict[str, Any] = {
    "status_agent": {
        "stdout_lines": [
            '{"status": 200, "json": {"pilots": [], "limit": {"name": "wish"}, "sentence": "so it is"}}'
        ]
    }
}
SILENT: dict[str, Any] = {"status_agent": {"stdout_lines": ['{"status": -1}']}}
HOSTS: dict[str, dict[str, Any]] = {"pc01": WELL, "pc02": SILENT, "pc03": {}, "mon": {}}


@pytest.fixture
def plugin() -> ModuleType:
    return loaded.plugin("summary")


def test_hosts_outside_the_run_are_not_told_to_be_silent(plugin: ModuleType) -> None:
    told = "\n".join(plugin.status_summary(GROUPS, HOSTS, [], ["pc01"]))
    assert "agents answer on 1 of 1 donors" in told
    assert "pc02" not in told
    assert "Prometheus" not in told


def test_all_hosts_are_told_of_in_a_whole_run(plugin: ModuleType) -> None:
    told = "\n".join(plugin.status_summary(GROUPS, HOSTS, [], ["pc01", "pc02", "pc03", "mon"]))
    assert "agents answer on 1 of 3 donors" in told
    assert "pc02: its agent does not answer" in told
    assert "pc03: was not asked, as it was given up in this run" in told
    assert "Prometheus" in told


def test_a_roll_out_that_ended_early_is_told_first_and_once(plugin: ModuleType) -> None:
    ended = {
        name: {**settings, "rollout_stopped": "stopped after wave 1"} for name, settings in HOSTS.items()
    }
    told = plugin.status_summary(GROUPS, ended, [], ["pc01", "pc02", "pc03", "mon"])
    assert told[1] == "  Roll-out      stopped after wave 1"
    assert "stopped" not in "\n".join(told[2:])


def test_a_run_on_monitors_alone_tells_nothing_of_donors(plugin: ModuleType) -> None:
    assert "Donors" not in "\n".join(plugin.status_summary(GROUPS, HOSTS, [], ["mon"]))


def test_a_removal_counts_the_hosts_of_the_run(plugin: ModuleType) -> None:
    hosts = {"pc01": {"removal_engine_used": ""}, "pc02": {}}
    assert plugin.removal_summary(["pc01"], hosts) == ["Plancton is removed from 1 of 1 hosts"]
    assert plugin.removal_summary(["pc01", "pc02"], hosts) == ["Plancton is removed from 1 of 2 hosts"]


def test_a_pool_of_its_own_host_is_told_of(plugin: ModuleType) -> None:
    groups, hosts = {**GROUPS, "pools": ["server"]}, {**HOSTS, "server": {}}
    assert "  HTCondor pool server: does not answer" in plugin.status_summary(groups, hosts, [], ["server"])


def test_who_waits_for_a_token_or_an_image_is_told_in_one_line_each(plugin: ModuleType) -> None:
    away = {"htcondor_token_none": True, "htcondor_token_lacking": "the pool on p cannot be asked"}
    bare = {**away, "htcondor_donor_imageless": "no archive of Debian"}
    one = {"a": away, "b": {"htcondor_token_none": False, "htcondor_token_lacking": "it is away"}}
    wait = "HTCondor's pilots wait for"
    assert plugin.without_pool(["a", "b"], one) == [
        f"a: {wait} a token, which a later run brings: the pool on p cannot be asked"
    ]
    many = {f"pc{number}": bare for number in range(7)}
    assert plugin.without_pool(list(many), many) == [
        f"pc0, pc1, pc2, pc3, pc4 and 2 more: {wait} {told}"
        for told in (
            "an image, which a later run brings: no archive of Debian",
            "a token, which a later run brings: the pool on p cannot be asked",
        )
    ]
