"""What rotate.yml says that it has done, and what is still to be done."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit import loaded

GROUPS = {"donors": ["a", "b", "plain"], "monitors": ["watch"], "pools": ["pool"]}
NEW = {"rotate_certificate": True, "rotate_token": True}
PLAIN = {"rotate_certificate": False, "rotate_token": True}


def summary(groups: dict[str, list[str]], hosts: dict[str, Any], *, checked: bool = False) -> list[str]:
    asked = [name for name in hosts if name != "elsewhere"]
    certified = [name for name in groups["donors"] if name != "plain"]
    lines: list[str] = loaded.plugin("rotation").rotation_summary(groups, hosts, certified, asked, checked)
    return lines


def test_all_that_is_new_is_counted() -> None:
    hosts = {"a": NEW, "b": NEW, "plain": PLAIN, "watch": {"rotate_shown": True}, "pool": {}}
    assert summary(GROUPS, hosts) == [
        "Rotated",
        "  2 of 2 certificates of agents",
        "  1 of 1 certificates of monitors",
        "  3 of 3 tokens of donors",
        "",
    ]


def test_who_has_got_nothing_is_named() -> None:
    hosts = {"a": NEW, "b": {}, "plain": PLAIN, "watch": {}, "pool": {}}
    assert summary(GROUPS, hosts) == [
        "Rotated",
        "  1 of 2 certificates of agents",
        "  0 of 1 certificates of monitors",
        "  2 of 3 tokens of donors",
        "  b: not its certificate",
        "  watch: not its certificate",
        "  b: not its token",
        "",
    ]


@pytest.mark.parametrize(
    ("b", "watch", "says"),
    [
        (NEW, {"rotate_shown": True}, "  the authority is another one"),
        (NEW, {}, "  the former authority is trusted until a run of this reaches watch"),
        ({}, {}, "  the former authority is trusted until a run of this reaches b"),
    ],
)
def test_with_the_keys_it_says_which_authority_is_trusted(
    b: dict[str, Any], watch: dict[str, Any], says: str
) -> None:
    a = {**NEW, "rotate_from_the_roots": True}
    lines = summary(GROUPS, {"a": a, "b": b, "plain": PLAIN, "watch": watch, "pool": {}})
    assert lines[-3:] == [says, "  tokens of before are invalid: the pool has another key", ""]
    # A monitor that keeps its own for the sake of others is no failure.
    assert ("  watch: not its certificate" in lines) is ("reaches watch" in says)


def test_a_look_and_a_facility_without_secrets() -> None:
    assert summary(GROUPS, {"a": NEW, "b": NEW, "plain": PLAIN, "watch": {}}, checked=True) == [
        "Nothing was rotated: this was a look",
        "",
    ]
    assert summary({"donors": ["plain"], "monitors": ["watch"]}, {"plain": {}, "watch": {}}) == [
        "Rotated",
        "  nothing: there are neither agents with certificates of ours nor a pool",
        "",
    ]


def test_who_is_outside_the_run_is_not_counted() -> None:
    groups = {"donors": ["a", "elsewhere"]}
    assert summary(groups, {"a": NEW, "elsewhere": {}})[1] == "  1 of 1 certificates of agents"
