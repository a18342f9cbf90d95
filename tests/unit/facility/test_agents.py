"""Asking the agents themselves: real metrics over real sockets, and what else may answer there."""

from __future__ import annotations

import threading

import pytest
from prometheus_client import generate_latest

from plancton.core.policy import Policy
from plancton.facility.agents import Asked, _Counted, _rates
from plancton.facility.host import Rates, State
from plancton.facility.inventory import Donor
from plancton.metrics.collector import AgentCollector, registry_of
from plancton.metrics.totals import Totals
from tests.e2e.waiting import free_port
from tests.unit.facility.servers import Reply, serving
from tests.unit.reports import report_of

PLAIN = "text/plain; version=0.0.4"


class Agent:
    """The metrics of an agent whose counters the test moves."""

    def __init__(self) -> None:
        self.totals = Totals(Policy())
        self.collector = AgentCollector(self.totals)
        self.collector.report = report_of()

    def reply(self, _: object) -> Reply:
        return 200, PLAIN, generate_latest(registry_of(self.collector))


def test_an_agent() -> None:
    agent = Agent()
    with serving(agent.reply) as address:
        asked = Asked([Donor("pc01", "lab", address)])
        [first] = asked.look()
        agent.totals.cpu_seconds[("pilots",)] += 1000.0
        [second] = asked.look()
    assert (first.name, first.site, first.state, first.mode) == ("pc01", "lab", State.OK, "opportunistic")
    assert (first.cores, first.running, first.frozen) == (8.0, 3, 1)
    assert first.rates == Rates()
    assert second.rates.pilot_cores
    assert second.rates.owner_cores == 0.0


def test_rates_are_by_the_seconds_between_two_looks() -> None:
    before = _Counted(100.0, {"owner": 10.0, "pilots": 4.0, "idle": 6.0, "impact": 1.0})
    now = _Counted(104.0, {"owner": 12.0, "pilots": 8.0, "idle": 8.0, "impact": 2.0})
    assert _rates(before, now) == Rates(0.5, 1.0, 0.5, 0.25)
    assert _rates(None, now) == Rates()
    assert _rates(now, before) == Rates()  # it has been restarted meanwhile


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ((500, PLAIN, b""), "it answers 500"),
        ((404, PLAIN, b"nothing is at /metrics"), "it answers 404"),
        ((200, PLAIN, b"up 1\n"), "what answers there is no agent"),
        ((200, PLAIN, b"<html>"), ""),
        ((200, PLAIN, b"\xff\xfe"), ""),
        (None, ""),
    ],
)
def test_what_is_no_agent_is_down(reply: Reply | None, why: str) -> None:
    with serving(lambda _: reply) as address:
        [host] = Asked([Donor("pc01", "lab", address)]).look()
    assert host.state is State.DOWN
    assert host.because.startswith(address)
    assert why in host.because


def test_one_that_is_slow_or_away_keeps_nobody_from_the_others() -> None:
    over, agent = threading.Event(), Agent()

    def slow(_: object) -> None:
        over.wait(30.0)

    with serving(slow) as slow_address, serving(agent.reply) as address:
        donors = [
            Donor("slow", "", slow_address),
            Donor("away", "", f"127.0.0.1:{free_port()}"),
            Donor("hidden", "", "127.0.0.1:10016", "only it can reach itself"),
            Donor("well", "", address),
            Donor("odd", "", "127.0.0.1:99999"),
        ]
        found = {host.name: host for host in Asked(donors, answer_seconds=1.0).look()}
        over.set()
    assert "it takes too long" in found["slow"].because
    assert "Connection refused" in found["away"].because
    assert found["hidden"].because == "only it can reach itself"
    assert found["well"].state is State.OK
    assert found["odd"].state is State.DOWN
