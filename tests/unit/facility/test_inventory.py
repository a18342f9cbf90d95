"""Where the agents of an inventory answer, as Ansible itself reads it."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from plancton.facility.inventory import BadInventory, Donor, authority_of, donor, donors_of, members

INVENTORY = """
[donors]
this-machine ansible_connection=local
pc01.example.org site=library agent_config_web='{"listen_address": "0.0.0.0:10016"}'
pc02.example.org ansible_host=192.0.2.12 agent_config_web='{"listen_address": ":9000"}' agent_tls=false

[donors:children]
lab

[lab]
lab[1:2].example.org

[lab:vars]
site=lab
agent_scrape_address=relay.example.org:10016

[monitors]
watch.example.org
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    path = tmp_path / "inventory"
    path.write_text(INVENTORY)
    return path


def test_ansible_reads_it(inventory: Path) -> None:
    assert donors_of(inventory) == [
        Donor("this-machine", "", "127.0.0.1:10016"),
        Donor("pc01.example.org", "library", "pc01.example.org:10016", tls=True),
        Donor("pc02.example.org", "", "192.0.2.12:9000"),
        Donor("lab1.example.org", "lab", "relay.example.org:10016"),
        Donor("lab2.example.org", "lab", "relay.example.org:10016"),
    ]


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({"ansible_connection": "local", "agent_config_web": {"listen_address": "0.0.0.0:1"}}, "127.0.0.1:1"),
        ({"agent_config_web": {"listen_address": "192.0.2.7:10016"}}, "192.0.2.7:10016"),
        ({"agent_config_web": {"listen_address": "[::]:10016"}}, "pc01:10016"),
        ({"agent_config_web": {}, "ansible_connection": "local"}, "127.0.0.1:10016"),
    ],
)
def test_addresses(settings: dict[str, Any], address: str) -> None:
    assert donor("pc01", {**settings, "agent_tls": False}) == Donor("pc01", "", address)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "which only that host itself can reach"),
        ({"agent_config_web": {"listen_address": "[::1]:10016"}}, "which only that host itself can reach"),
        ({"agent_config_web": {"listen_address": "nowhere"}}, "is no address with a port"),
        ({"agent_scrape_address": "pc01"}, "pc01 is no address with a port"),
        (
            {"agent_config_web": {"listen_address": ":1", "tls_certificate_file": "/a"}},
            "pc01:1 has a certificate of its own: ask Prometheus",
        ),
    ],
)
def test_agents_that_cannot_be_asked(settings: dict[str, Any], why: str) -> None:
    assert why in donor("pc01", settings).unreachable


def test_where_the_authority_is(inventory: Path) -> None:
    assert authority_of(inventory) == authority_of(inventory.parent) == inventory.parent / "authority"


def test_a_host_in_two_groups_is_there_once() -> None:
    listed = {
        "donors": {"hosts": ["a"], "children": ["x", "y"]},
        "x": {"hosts": ["b", "a"]},
        "y": {"hosts": ["b"]},
    }
    assert members(listed, "donors") == ["a", "b"]
    assert members({}, "donors") == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInventory, match=r"--inventory: there is no .*/absent"):
        donors_of(tmp_path / "absent")


def test_an_inventory_without_donors(tmp_path: Path) -> None:
    path = tmp_path / "inventory"
    path.write_text("[monitors]\nwatch\n")
    with pytest.raises(BadInventory, match="has no host in the group donors"):
        donors_of(path)


def test_an_inventory_program_that_fails_says_why(tmp_path: Path) -> None:
    path = tmp_path / "inventory.sh"
    path.write_text("#!/bin/sh\necho '{'\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(BadInventory, match="--inventory: "):
        donors_of(path)
