"""Who may ask how many jobs wait: the donors, by their addresses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit import loaded

HERE = {"ansible_connection": "local"}


@pytest.mark.parametrize(
    ("hosts", "donors", "networks"),
    [
        ({"pool": HERE}, ["pool"], []),
        ({"pool": HERE, "pc": {"ansible_host": "192.0.2.10"}}, ["pool", "pc"], ["192.0.2.10/32"]),
        (
            {"pool": {"ansible_host": "192.0.2.7"}, "192.0.2.70": {}, "x": {"ansible_host": "192.0.2.8"}},
            ["192.0.2.70", "x", "pool"],
            ["192.0.2.8/32", "192.0.2.70/32"],
        ),
        ({"pool": {"ansible_host": "192.0.2.7"}, "no..name": {}}, ["no..name"], []),
        ({"pool": {}, "x": {"ansible_host": "localhost"}}, ["x"], ["127.0.0.1/32"]),
        # The control node lends to a pool elsewhere.
        ({"pool": {"ansible_host": "127.0.0.1"}, "desk": HERE}, ["desk"], ["127.0.0.1/32"]),
        ({"pool": {"ansible_host": "no..name"}, "desk": HERE}, ["desk"], []),
    ],
)
def test_donors_may_ask_by_the_addresses_that_the_control_node_knows(
    hosts: dict[str, dict[str, Any]], donors: list[str], networks: list[str]
) -> None:
    groups = {"pools": ["pool"], "donors": donors}
    assert loaded.plugin("demand").asking_networks(groups, hosts) == networks
