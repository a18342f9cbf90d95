"""The first page: totals, and the order of the hosts."""

from __future__ import annotations

import json

import pytest

from plancton.facility.host import Host, Rates, State, down
from plancton.facility.page import COLUMNS, ORDERS, Totals, as_json, ordered, totals
from tests.unit.facility.makers import host

FLEET = [
    host("pc03", running=5, site=""),
    host("pc01", rates=Rates(3.0, 0.5, 0.5, 0.3), limit="presence"),
    host("pc02", State.PAUSED, running=0, target=0, rates=Rates()),
    down("pc09", "lab", "no route to host"),
    host("pc00", State.ENGINE_DOWN, target=None),
]


def names(hosts: list[Host]) -> list[str]:
    return [one.name for one in hosts]


def test_totals_are_of_those_that_are_up() -> None:
    assert totals(FLEET) == Totals(
        hosts=5,
        up=4,
        cores=16.0,
        owner_cores=5.0,
        pilot_cores=4.5,
        idle_cores=2.5,
        harvest_share=4.5 / 7.0,
        running=9,
        frozen=0,
        target=4,
    )


def test_totals_of_nothing() -> None:
    assert totals([]).harvest_share is None
    assert totals([down("pc01", "")]).up == 0


def test_the_worst_come_first_and_of_equals_those_that_disturb_most() -> None:
    assert names(ordered(FLEET, "worst")) == ["pc09", "pc00", "pc02", "pc01", "pc03"]
    assert names(ordered(FLEET, "worst", reverse=True)) == ["pc03", "pc01", "pc02", "pc00", "pc09"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("host", ["pc00", "pc01", "pc02", "pc03", "pc09"]),
        ("running", ["pc03", "pc00", "pc01", "pc02", "pc09"]),
        ("impact", ["pc01", "pc00", "pc03", "pc02", "pc09"]),
        ("limit", ["pc00", "pc02", "pc03", "pc01", "pc09"]),
        ("site", ["pc00", "pc01", "pc02", "pc09", "pc03"]),
    ],
)
def test_words_from_a_to_z_and_numbers_from_the_largest(order: str, expected: list[str]) -> None:
    assert names(ordered(FLEET, order)) == expected


def test_what_is_not_known_is_last_both_ways() -> None:
    assert names(ordered(FLEET, "target", reverse=True))[-2:] == ["pc00", "pc09"]
    assert names(ordered(FLEET, "target"))[-2:] == ["pc00", "pc09"]


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_keeps_every_host(order: str) -> None:
    assert sorted(names(ordered(FLEET, order))) == sorted(names(FLEET))
    assert sorted(names(ordered(FLEET, order, reverse=True))) == sorted(names(FLEET))


def test_json_has_every_column_of_every_host() -> None:
    found = json.loads(json.dumps(as_json(FLEET)))
    assert [row["host"] for row in found["hosts"]] == names(FLEET)
    assert set(found["hosts"][0]) == {*COLUMNS, "because"}
    assert found["hosts"][3] == {
        **dict.fromkeys(COLUMNS),
        "host": "pc09",
        "site": "lab",
        "state": "down",
        "because": "no route to host",
        "limit": "",
        "mode": "",
        "version": "",
        "running": 0,
        "frozen": 0,
    }
    assert found["totals"]["up"] == 4
