"""Old pilots, and those of a drained host, take no new job and end the one that they have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.agent_process import AgentProcess
from tests.e2e.htcondor import Pool, running_pool
from tests.e2e.htcondor_agent import lend
from tests.e2e.waiting import wait_for

pytestmark = pytest.mark.timeout(1800)  # the images may have to be made first, on a busy machine

FOR = 'requirements = PlanctonHost == "{}"'
QUICK = "echo ran\n"
# Runs until the slot has stopped taking jobs, however late it has begun.
RUNS_INTO_RETIREMENT = """
until=$(sed -n 's/^PlanctonUntil = //p' "$_CONDOR_MACHINE_AD")
while [ "$(date +%s)" -le $((until + 2)) ]; do sleep 0.5; done
echo ran
"""

# On its own pilot alone: /tmp is that of the container.
RUNS_UNTIL_LET = """
until [ -e /tmp/go ]; do sleep 0.3; done
echo ran on $PLANCTON_HOST
"""


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    with running_pool(tmp_path_factory.mktemp("htcondor")) as pool:
        yield pool


@pytest.fixture
def donor(pool: Pool, agent: AgentProcess) -> AgentProcess:
    """An agent with one pilot that would take five jobs."""
    told = {"PLANCTON_JOBS_PER_PILOT": "5", "PLANCTON_UPDATE_SECONDS": "3"}
    lend(agent, pool, {"drain_signal": "SIGUSR1"}, told)
    agent.configure(engine={"deadline_seconds": 30}, pool={"max_pilots": 1})
    return agent.start()


def test_before_its_time_is_over_a_pilot_takes_no_new_job_and_ends_the_one_it_has(pool: Pool) -> None:
    pilot = pool.pilot(
        "old01", PLANCTON_JOBS_PER_PILOT="5", PLANCTON_TTL_SECONDS="600", PLANCTON_RETIRE_SECONDS="570"
    )
    job = pool.queue.submit(RUNS_INTO_RETIREMENT, FOR.format("old01"))
    pool.queue.wait_until_runs(job)
    other = pool.queue.submit(QUICK, FOR.format("old01"))
    pool.queue.wait_until_done(job)
    assert pool.exit_code(pilot) == 0
    assert pool.queue.output(job) == "ran\n"
    assert pool.queue.events(job).count("001") == 1
    assert pool.queue.events(other).count("001") == 0
    young = pool.pilot("old01")
    pool.queue.wait_until_done(other)
    assert pool.exit_code(young) == 0


def let_it_end(donor: AgentProcess) -> None:
    (pilot,) = donor.running()
    assert donor.docker.containers.get(pilot).exec_run(["touch", "/tmp/go"]).exit_code == 0  # noqa: S108


def exits(donor: AgentProcess, outcome: str) -> float:
    return donor.metric(f'plancton_pilot_exits_total{{kind="default",outcome="{outcome}"}}')


def test_a_drained_host_gets_no_new_job_and_waits_for_the_one_that_runs(
    pool: Pool, donor: AgentProcess
) -> None:
    job = pool.queue.submit(RUNS_UNTIL_LET, FOR.format(donor.name))
    pool.queue.wait_until_runs(job)
    other = pool.queue.submit(QUICK, FOR.format(donor.name))
    assert donor.run("drain", "--deadline", "1h").returncode == 0
    closed = f'PlanctonHost == "{donor.name}" && Start =?= false'
    wait_for(lambda: f"the pool to hear of it: {pool.slots()}", lambda: pool.slots(closed), 60)
    let_it_end(donor)
    pool.queue.wait_until_done(job)
    donor.wait_for_running(0, 60)
    wait_for("the pilot's end to be counted", lambda: exits(donor, "done") == 1, 60)
    assert pool.queue.output(job) == f"ran on {donor.name}\n"
    assert pool.queue.events(job).count("001") == 1
    assert pool.queue.events(other).count("001") == 0
    pool.run("condor_rm", str(other))


def test_what_runs_at_the_deadline_of_a_drain_is_handed_back(pool: Pool, donor: AgentProcess) -> None:
    job = pool.queue.submit(
        RUNS_UNTIL_LET,
        f'requirements = PlanctonHost == "{donor.name}" || PlanctonHost == "other" && NumJobStarts > 0',
    )
    pool.queue.wait_until_runs(job)
    assert donor.run("drain", "--deadline", "3s").returncode == 0
    donor.wait_for_running(0, 90)
    other = pool.pilot("other")
    pool.queue.wait_until_runs(job, starts=2)
    assert other.exec_run(["touch", "/tmp/go"]).exit_code == 0  # noqa: S108
    pool.queue.wait_until_done(job)
    wait_for("the pilot's end to be counted", lambda: exits(donor, "stopped") == 1, 60)
    assert pool.queue.events(job).count("004") == 1
    assert pool.queue.output(job) == "ran on other\n"
    assert pool.exit_code(other) == 0
