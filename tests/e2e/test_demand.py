"""A host that is told whether jobs wait: a real pool, an empty queue, jobs that come, nobody who tells."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.e2e.agent_process import AgentProcess
from tests.e2e.demand import STARTED, UP, service
from tests.e2e.htcondor import running_pool
from tests.e2e.htcondor_agent import lend
from tests.e2e.waiting import wait_for

pytestmark = pytest.mark.timeout(1800)  # the images may have to be made first, on a busy machine

NO_WORK = 'plancton_pilot_exits_total{kind="default",outcome="no_work"}'
# Without the demand a host would look for work again after one second.
SOON = {"no_work_first_seconds": 1, "no_work_max_seconds": 1}
QUICK = {"PLANCTON_UPDATE_SECONDS": "3", "PLANCTON_IDLE_EXIT_SECONDS": "6"}
QUIET_SECONDS = 8.0


def test_an_empty_queue_has_one_probe_jobs_are_served_at_once_and_silence_is_as_without(
    agent: AgentProcess, tmp_path: Path
) -> None:
    with running_pool(tmp_path) as pool, service(pool, tmp_path) as (process, port):
        url = f"http://127.0.0.1:{port}"
        lend(
            agent, pool, {"demand_url": url, "demand_every_seconds": 3, "demand_probe_seconds": 86400}, QUICK
        )
        # A busy engine may take its time, and the one probe is not to be lost to that.
        agent.configure(grow=SOON, engine={"deadline_seconds": 60})
        agent.start()
        wait_for("the end of the probe", lambda: agent.metric(NO_WORK) == 1, 180)
        time.sleep(QUIET_SECONDS)  # nothing is to happen in it
        assert agent.metric(STARTED) == 1
        assert "no job waits; next probe in" in agent.status()["sentence"]

        jobs = pool.queue.submit("sleep 1", count=2)
        print(f"runs {pool.queue.wait_until_runs(jobs, 180):.1f} s after it was submitted")
        pool.queue.wait_until_done(jobs, 180, count=2)

        process.kill()
        wait_for("that the demand is not known", lambda: agent.metric(UP) == 0, 120)
        served = agent.metric(STARTED)
        wait_for("pilots that look for themselves", lambda: agent.metric(STARTED) > served, 180)
        assert "whether jobs wait is not known: 127.0.0.1" in agent.run("status").stdout
