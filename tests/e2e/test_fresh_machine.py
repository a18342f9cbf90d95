"""A fresh clone on a fresh Debian machine, with and without systemd: `make up` to `make down`, all real.

The tests of one machine are one story, in the order of the file.
"""

from __future__ import annotations

import json
import time

import pytest

from tests.testbed import facility, long_job, stranger, traces
from tests.testbed.command import must
from tests.testbed.facility import AGENT, ALERTMANAGER, PROMETHEUS, recap, until
from tests.testbed.fresh import Fresh
from tests.testbed.recipes import SYSTEMD

pytest_plugins = ["tests.testbed.fixtures"]
pytestmark = [pytest.mark.fresh, pytest.mark.timeout(1800)]

UP_SECONDS = 600  # some four minutes on a quiet machine of two cores
CALM_SECONDS = 60  # how long the agent waits for before it grows
DEMO_SECONDS = 720  # it gives up by itself after 600
RESTART_SECONDS = 15  # five until a crashed agent is started again, and its start
# Somebody's work: one busy process per core, ended by its own clock if the test dies.
LOAD = """
for core in $(seq "$(nproc)"); do
    timeout 300 sh -c 'while :; do :; done' >/dev/null 2>&1 </dev/null &
done
"""
# What a machine that was killed leaves on its disk: pid files whose numbers are somebody else's by now (here
# that of process 1), and sockets on which nobody listens.
LEFT_OVERS = """
set -e
cd /run
mkdir -p containerd docker/containerd
for file in docker.pid docker/containerd/containerd.pid plancton-dockerd.pid plancton-agent.pid \\
    plancton-agent-keeper.pid plancton-prometheus.pid plancton-alertmanager.pid; do
    printf 1 >$file
done
for file in docker.sock containerd/containerd.sock docker/containerd/containerd.sock; do
    rm -f $file
    python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' $file
done
"""


# What does not depend on how services are started is shown on one machine.
once = pytest.mark.parametrize("fresh_attempt", [SYSTEMD], indirect=True, ids=lambda recipe: recipe.name)


def test_up_does_everything_in_time(fresh_attempt: Fresh, capsys: pytest.CaptureFixture[str]) -> None:
    up = fresh_attempt.up
    with capsys.disabled():
        print(f"\nmake up on a fresh {fresh_attempt.host.recipe.name} machine: {up.seconds:.0f} s")
    must(up)
    assert recap(up).failed == 0
    assert up.seconds <= UP_SECONDS, up.told()


def test_summary_says_where_to_look_and_how_to_stop(fresh: Fresh) -> None:
    for told in (AGENT, PROMETHEUS, ALERTMANAGER, "HTCondor pool", "make demo", "make down"):
        assert told.removeprefix("http://") in fresh.up.output


def test_every_service_is_ready(fresh: Fresh) -> None:
    for service in (AGENT, PROMETHEUS, ALERTMANAGER):
        fresh.facility.get(f"{service}/-/ready")
    must(fresh.host.run("plancton", "doctor"))


def test_pilots_fill_the_free_cores_and_prometheus_has_seen_it(fresh: Fresh) -> None:
    fresh.facility.wait_for_pilots(running=True, seconds=3 * CALM_SECONDS)
    query = fresh.facility.query
    assert query('up{job="plancton"}') == [1.0]
    until(
        "Prometheus has seen the pilot",
        lambda: query('sum(plancton_pilots{job="plancton",state="running"}) > 0') != [],
        2 * CALM_SECONDS,
    )
    assert query("sum(rate(plancton_cpu_seconds_total[5m])) > 0") != []
    until("the fleet's sums", lambda: query("fleet:plancton_pilots:sum > 0") != [], CALM_SECONDS)
    for file in ("recording", "accounting", "alerts"):
        assert query(f'count(prometheus_rule_group_rules{{rule_group=~".*/plancton.{file}.yml;.*"}})') != []


@once
def test_the_demonstration_s_jobs_come_back_while_the_owner_comes_and_goes(fresh: Fresh) -> None:
    shown = must(fresh.facility.make("demo", deadline=DEMO_SECONDS))
    assert "All 20 jobs came back, each once" in shown.output
    assert "pilots gave way within" in shown.output
    assert "and were back" in shown.output


def test_a_loaded_host_has_its_pilots_go_and_come_back(fresh: Fresh) -> None:
    """From here on a pilot has work, and does not leave by itself."""
    long_job.submit(fresh.host)
    fresh.facility.wait_for_pilots(running=True, seconds=3 * CALM_SECONDS)
    fresh.host.run("sh", "-c", LOAD)
    try:
        fresh.facility.wait_for_pilots(running=False, seconds=30)
    finally:
        fresh.host.run("pkill", "--exact", "timeout")
    fresh.facility.wait_for_pilots(running=True, seconds=3 * CALM_SECONDS)
    if fresh.stranger:
        assert stranger.look(fresh.host) == fresh.stranger


def test_an_agent_that_crashes_is_started_again(fresh: Fresh) -> None:
    crashed = _agent(fresh)
    must(fresh.host.run("kill", "-KILL", crashed))
    until(
        "another agent is ready",
        lambda: _agent(fresh) != crashed and _answers(fresh, f"{AGENT}/-/ready"),
        RESTART_SECONDS,
        lambda: fresh.host.run("service", "plancton-agent", "status").output,
    )
    must(fresh.host.run("service", "plancton-agent", "status"))


def test_an_agent_that_is_stopped_stays_so_and_leaves_its_pilots(fresh: Fresh) -> None:
    fresh.facility.wait_for_pilots(running=True, seconds=3 * CALM_SECONDS)
    must(fresh.host.run("service", "plancton-agent", "stop"))
    time.sleep(RESTART_SECONDS)
    assert fresh.host.run("service", "plancton-agent", "status").status == 3
    # The guard of its pilots' network goes on.
    assert fresh.host.run("pgrep", "--full", "--list-full", "plancton run|plancton-agent").stdout == ""
    assert fresh.facility.pilots() > 0
    must(fresh.host.run("service", "plancton-agent", "start"))
    until("the agent is ready", lambda: _answers(fresh, f"{AGENT}/-/ready"), RESTART_SECONDS)


@once
def test_repeating_changes_nothing(fresh: Fresh) -> None:
    again = must(fresh.facility.make("up", deadline=UP_SECONDS))
    assert recap(again) == facility.Recap(changed=0, unreachable=0, failed=0), again.told()


@once
def test_check_mode_reports_no_change(fresh: Fresh) -> None:
    argv = [".venv/bin/ansible-playbook", "-i", "inventory.example", "ansible/site.yml", "--check", "--diff"]
    checked = must(fresh.facility.type(*argv, called="check", deadline=UP_SECONDS))
    assert recap(checked) == facility.Recap(changed=0, unreachable=0, failed=0), checked.told()
    assert "\n+++ after" not in checked.output, checked.told()


def test_status_shows_it(fresh: Fresh) -> None:
    shown = must(fresh.facility.make("status", deadline=60))
    assert "pilot" in shown.output
    assert json.loads(fresh.host.read("plancton", "status", "--json"))


def test_a_reboot_brings_everything_back(fresh: Fresh) -> None:
    """By itself where an init system starts things at boot; elsewhere by the command that set it up."""
    fresh.host.reboot()
    if not fresh.host.has_systemd:
        must(fresh.host.run("sh", "-c", LEFT_OVERS))
        must(fresh.facility.make("up", deadline=UP_SECONDS))
    until("the agent is ready", lambda: _answers(fresh, f"{AGENT}/-/ready"), CALM_SECONDS)
    until("Prometheus is ready", lambda: _answers(fresh, f"{PROMETHEUS}/-/ready"), CALM_SECONDS)
    must(fresh.host.run("plancton", "doctor"))
    until(
        "the pool has its queue again",
        lambda: long_job.owners(fresh.host) == long_job.OWNER,
        CALM_SECONDS,
    )
    if fresh.stranger:
        must(fresh.host.run("docker", "start", stranger.NAME))


def test_down_refuses_to_lose_jobs(fresh: Fresh) -> None:
    """Also those of a pool that does not run, and of one that has only just been started."""
    for verb, refusal in (
        ("stop", "the HTCondor pool does not tell whether it has jobs: have it run again ("),
        ("start", "the HTCondor pool has 1 jobs that would be lost"),
    ):
        must(fresh.host.run("docker", verb, long_job.POOL[-1]))
        refused = fresh.facility.make("down", deadline=UP_SECONDS)
        assert refusal in " ".join(refused.output.split()), refused.told()
        assert (refused.status != 0, recap(refused).changed) == (True, 0), refused.told()
    long_job.remove(fresh.host)
    until("the queue is empty", lambda: long_job.owners(fresh.host) == "", CALM_SECONDS)


def test_down_leaves_nothing_but_a_stranger(fresh: Fresh) -> None:
    """Where nobody else is, the host becomes what it was; a stranger's container keeps the engine there."""
    others = stranger.look(fresh.host) if fresh.stranger else None
    must(fresh.facility.make("down", deadline=UP_SECONDS))
    assert traces.by_name(fresh.host, fresh.facility.clone) == []
    if others:
        assert stranger.look(fresh.host) == others
    else:
        assert sorted(traces.state(fresh.host) ^ fresh.before) == []
    must(fresh.facility.make("down", deadline=UP_SECONDS))


def _agent(fresh: Fresh) -> str:
    """Its process number, as it has written it itself; none while there is no agent."""
    return fresh.host.run("cat", "/run/plancton/agent.lock").stdout.strip()


def _answers(fresh: Fresh, url: str) -> bool:
    return fresh.host.run("python3", "-c", facility.FETCH, url).ok
