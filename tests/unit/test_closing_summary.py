"""The lines that end a run of the playbook."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit import loaded


def donors(**hosts: dict[str, Any]) -> list[str]:
    lines: list[str] = loaded.plugin("summary").donors(list(hosts), hosts, [])
    return lines


def host(limit: str, running: int = 0, **rest: Any) -> dict[str, Any]:
    mode = rest.pop("mode", "opportunistic")
    pilots = [{"state": "running"}] * running
    status = {"mode": mode, "limit": {"name": limit}, "pilots": pilots, "sentence": "so it is"}
    return {**answer({"status": 200, "json": status}), **rest}


def answer(said: dict[str, Any]) -> dict[str, Any]:
    """As a terminal shows it, after what else is said there."""
    return {"status_agent": {"stdout_lines": ["sudo: unable to resolve host pc", json.dumps(said)]}}


@pytest.mark.parametrize("limit", ["calm", "cpu"])
def test_before_the_first_pilots_it_says_when_they_come(limit: str) -> None:
    assert donors(pc=host(limit))[0] == (
        "agents answer on 1 of 1 donors; 0 pilots run; the first come after about 60 s of calm"
    )


def test_the_address_of_an_agent_is_one_that_it_answers() -> None:
    hosts = {"plain": host("calm"), "secured": host("calm")}
    lines = loaded.plugin("summary").donors(list(hosts), hosts, ["secured"])
    assert lines[1].startswith("plain http://127.0.0.1:10016: ")
    assert lines[2].startswith("secured https://127.0.0.1:10016: ")


@pytest.mark.parametrize(
    ("first", "reached", "told"),
    [
        (True, {}, ["pc: behind TLS now, of which this run has not told watch"]),
        (True, {"status_targets": {}}, []),
        (False, {}, []),
    ],
    ids=["a run of donors alone", "a whole run", "a certificate that is renewed"],
)
def test_an_agent_behind_tls_of_which_no_monitor_has_heard_is_told_of(
    *, first: bool, reached: dict[str, Any], told: list[str]
) -> None:
    made = {"stdout_lines": [json.dumps({"changed": True, "first": first})]}
    hosts = {"pc": host("calm", authority_made=made), "plain": host("calm"), "watch": reached}
    assert loaded.plugin("summary").untold(["pc", "plain"], hosts, ["watch"]) == told
    del hosts["pc"]["status_agent"]  # the run has failed there, and the agent is what it was
    assert loaded.plugin("summary").untold(["pc", "plain"], hosts, ["watch"]) == []


def test_the_configured_calm_counts_and_the_shortest_of_several() -> None:
    longer, shorter = {"calm_seconds": 300}, {"calm_seconds": 90}
    line = donors(a=host("calm", agent_config_grow=longer), b=host("calm", agent_config_grow=shorter))[0]
    assert line.endswith("; the first come after about 90 s of calm")


@pytest.mark.parametrize(
    "found",
    [
        host("calm", running=1),
        host("calm", mode="dry-run"),
        host("wish"),
        host("image"),
        answer({"status": -1}),
        {"status_agent": {"stdout_lines": ["sh: 1: python3: not found"]}},
        {"status_agent": {"stdout_lines": []}},
    ],
    ids=["some run", "dry run", "paused", "no image", "no answer", "not asked", "silence"],
)
def test_nothing_is_promised_that_calm_does_not_bring(found: dict[str, Any]) -> None:
    assert "of calm" not in donors(pc=found)[0]


@pytest.mark.parametrize(
    ("listen", "rest", "told"),
    [
        ("10.0.0.5:10016", {"ansible_host": "10.1.0.5"}, "pc http://10.0.0.5:10016: "),
        ("0.0.0.0:10016", {"ansible_host": "10.1.0.5"}, "pc http://10.1.0.5:10016: "),
        ("[::]:10016", {}, "pc http://pc:10016: "),
    ],
)
def test_who_listens_everywhere_is_told_by_an_address_that_can_be_typed(
    listen: str, rest: dict[str, Any], told: str
) -> None:
    assert donors(pc=host("cpu", agent_config_web={"listen_address": listen}, **rest))[1].startswith(told)


@pytest.mark.parametrize(("rest", "told"), [({"ansible_connection": "local"}, ""), ({}, "on watch: ")])
def test_a_monitor_elsewhere_is_named_as_its_addresses_are_its_own(rest: dict[str, str], told: str) -> None:
    groups = {"donors": [], "monitors": ["watch"]}
    lines = loaded.plugin("summary").status_summary(groups, {"watch": rest}, [], ["watch"])
    assert lines[1] == f"  Prometheus    {told}does not answer"
