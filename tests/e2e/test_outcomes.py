"""What pilots say by their exit codes, and what they are told: a real agent, real containers."""

from __future__ import annotations

from typing import Any

import psutil

from tests.e2e.agent_process import AgentProcess
from tests.e2e.waiting import wait_for

SAYS = {
    "idle": (75, "no_work"),
    "barred": (77, "denied"),
    "away": (69, "unreachable"),
    "broken": (3, "failed"),
}
# It does its work only where it has been told the truth.
CHECKS = 'test "$PLANCTON_KIND" = honest && test "$PLANCTON_SITE" = library && test "$PLANCTON_CPUS" = 0.1'
# Whoever waits does so to the end of the test. Also on a machine so busy that its engine takes half a minute.
WAITS = {"backoff_first_seconds": 600, "no_work_first_seconds": 600, "max_pilots": 1}
PATIENCE = 120
LISTENS = "trap 'exit 0' USR1; while :; do sleep 0.2; done"


def shell(script: str) -> dict[str, Any]:
    return {"command": ["sh", "-c", script]}


def exits(agent: AgentProcess, kind: str, outcome: str) -> float:
    return agent.metric(f'plancton_pilot_exits_total{{kind="{kind}",outcome="{outcome}"}}')


def wait_for_exits(agent: AgentProcess, kind: str, outcome: str, least: int) -> None:
    def enough() -> bool:
        return exits(agent, kind, outcome) >= least

    wait_for(
        lambda: f"{least} of {kind} {outcome}; the agent says: {agent.status()['sentence']}", enough, PATIENCE
    )


def settings(agent: AgentProcess) -> None:
    """Small pilots on a host that is all theirs: the noise of a test run takes nobody's place."""
    agent.configure(
        mode="dedicated",
        site="library",
        pool={"cpus_per_pilot": 0.1, "memory_per_pilot": "32MiB", "max_pilots": 5},
        grow={"ramp_pilots": 5},
        engine={"deadline_seconds": 60},
    )


def test_each_exit_code_is_an_outcome_and_only_the_kind_that_works_goes_on(agent: AgentProcess) -> None:
    settings(agent)
    kinds = {kind: {**shell(f"exit {code}"), **WAITS} for kind, (code, _) in SAYS.items()}
    agent.configure(kinds={**kinds, "honest": shell(CHECKS)})
    agent.start()
    for kind, (_, outcome) in SAYS.items():
        wait_for_exits(agent, kind, outcome, 1)
    wait_for_exits(agent, "honest", "done", 4)
    # All that while the others have waited, and nothing was started in the place of the one that said so.
    assert [exits(agent, kind, outcome) for kind, (_, outcome) in SAYS.items()] == [1] * len(SAYS)
    assert exits(agent, "honest", "failed") == 0
    told = {kind["name"]: kind for kind in agent.status()["kinds"]}
    assert [told[kind]["failures"] for kind in SAYS] == [0, 1, 1, 1]
    assert (told["idle"]["no_work"], told["honest"]["failures"]) == (1, 0)
    assert told["barred"]["because"].startswith(
        "the pool refused the pilot's credential (1 in a row); next try"
    )
    assert told["away"]["because"].startswith("the pilot could not reach its pool (1 in a row)")
    assert "the pilot found no work (1 in a row)" in agent.run("status").stdout
    assert "ended (denied)" in agent.run("why", "--limit", "1000").stdout


def test_a_drain_is_told_to_pilots_and_they_finish(agent: AgentProcess) -> None:
    settings(agent)
    agent.configure(pool={"max_pilots": 2}, pilot={**shell(LISTENS), "drain_signal": "SIGUSR1"})
    listening = agent.start().wait_for_running(2, PATIENCE)
    pids = [agent.docker.api.inspect_container(pilot)["State"]["Pid"] for pilot in listening]
    # A shell has set its trap before it begins its first command.
    wait_for("them to listen", lambda: all(psutil.Process(pid).children() for pid in pids), PATIENCE)
    drained = agent.run("drain", "--deadline", "2h")
    assert drained.returncode == 0, drained.stderr
    wait_for_exits(agent, "default", "done", 2)
    assert agent.running() == []
    assert agent.metric('plancton_pilot_stops_total{kind="default",reason="drained"}') == 0
    assert "pilots still there at " in agent.run("status").stdout
