"""Real HTCondor jobs on real pilots: how they run, and how pilots end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.agent_process import AgentProcess
from tests.e2e.htcondor import HTCONDOR_LEASE_SECONDS, Pool, running_pool
from tests.e2e.htcondor_agent import lend
from tests.e2e.waiting import wait_for

pytestmark = pytest.mark.timeout(1800)  # the images may have to be made first, on a busy machine

FOR = 'requirements = PlanctonHost == "{}"'
# Prints one line each time that it is run, and one when it was not disturbed.
COUNTS = "echo started on $PLANCTON_HOST\nsleep {}\necho done\n"
DONE = 0
FAILED = 1
NO_WORK = 75
UNREACHABLE = 69
BAD_CREDENTIAL = 77


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    with running_pool(tmp_path_factory.mktemp("htcondor")) as pool:
        yield pool


def test_a_pilot_joins_shows_whose_it_is_runs_a_job_and_leaves(pool: Pool) -> None:
    began = time.monotonic()
    pilot = pool.pilot(
        "lab01",
        PLANCTON_SITE="library",
        PLANCTON_KIND="night",
        PLANCTON_CPUS="2.5",
        PLANCTON_RESERVE_CORES="1.5",
    )
    wait_for("its slot", lambda: pool.slots('PlanctonHost == "lab01"'), 60)
    print(f"slot visible after {time.monotonic() - began:.1f} s")
    (slot,) = pool.slots('PlanctonHost == "lab01"')
    assert (slot["PlanctonSite"], slot["PlanctonKind"], slot["PlanctonReserveCores"]) == (
        "library",
        "night",
        1.5,
    )
    assert slot["Cpus"] == 2
    assert 300 < slot["Memory"] < 512  # the container's, less what HTCondor itself needs

    # Several processes a second: a starter without condor_procd does not survive it.
    forks = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do hostname; sleep 0.2; done >/dev/null\n"
    who = "id -u; grep CapEff /proc/self/status; echo $PLANCTON_HOST $PLANCTON_SITE; exit 7"
    began = time.monotonic()
    job = pool.queue.submit(
        forks + who, 'requirements = PlanctonSite == "library" && PlanctonKind == "night"'
    )
    pool.queue.wait_until_runs(job)
    print(f"runs after {time.monotonic() - began:.1f} s")
    pool.queue.wait_until_done(job)
    assert pool.queue.output(job).split() == ["10001", "CapEff:", "0000000000000000", "lab01", "library"]
    assert pool.queue.job(job)["ExitCode"] == 7
    assert pool.exit_code(pilot) == DONE


def test_a_pilot_that_finds_no_work_says_so(pool: Pool) -> None:
    idle = pool.pilot("idle01", PLANCTON_IDLE_EXIT_SECONDS="2")
    late = pool.pilot("late01", PLANCTON_TTL_SECONDS="8", PLANCTON_RETIRE_SECONDS="5")
    assert pool.exit_code(idle) == NO_WORK
    assert pool.exit_code(late) == NO_WORK


def test_a_pilot_tells_a_bad_credential_from_a_pool_that_is_not_there(pool: Pool, tmp_path: Path) -> None:
    pool.write_token(tmp_path / "foreign", pool.foreign_token())
    pool.write_token(tmp_path / "users", pool.token("alice", "READ", "WRITE"))
    (tmp_path / "none").mkdir()
    ends = {
        name: pool.exit_code(pool.pilot("bad01", tokens=tmp_path / name))
        for name in ("foreign", "users", "none")
    }
    assert ends == dict.fromkeys(ends, BAD_CREDENTIAL)
    for nowhere in ("nowhere.invalid", "127.0.0.1:9"):
        assert pool.exit_code(pool.pilot("bad01", PLANCTON_CONDOR_HOST=nowhere)) == UNREACHABLE


def test_what_makes_no_sense_is_refused_in_a_sentence(pool: Pool) -> None:
    pilot = pool.pilot("bad01", PLANCTON_IDLE_EXIT_SECONDS="soon")
    assert pool.exit_code(pilot) == FAILED
    assert "PLANCTON_IDLE_EXIT_SECONDS must be a number, not 'soon'" in pilot.logs().decode()


def test_a_drained_pilot_ends_its_job_and_takes_no_other(pool: Pool) -> None:
    pilot = pool.pilot("drain01", PLANCTON_JOBS_PER_PILOT="5")
    job = pool.queue.submit(COUNTS.format(15), FOR.format("drain01"))
    pool.queue.wait_until_runs(job)
    pilot.kill("SIGUSR1")
    other = pool.queue.submit(COUNTS.format(1), FOR.format("drain01"))
    assert pool.exit_code(pilot) == DONE
    pool.queue.wait_until_done(job)
    assert pool.queue.events(job).count("001") == 1
    assert pool.queue.events(other).count("001") == 0
    pool.run("condor_rm", str(other))


def test_a_pilot_takes_several_jobs_one_after_the_other_and_no_more(pool: Pool) -> None:
    pilot = pool.pilot("several01", PLANCTON_JOBS_PER_PILOT="3")
    jobs = pool.queue.submit(COUNTS.format(1), FOR.format("several01"), count=5)
    assert pool.exit_code(pilot) == DONE
    pool.queue.wait_until_done(jobs, count=3)
    assert pool.queue.events(jobs).count("001") == 3
    pool.run("condor_rm", str(jobs))


def test_a_job_of_a_stopped_pilot_is_handed_back_at_once(pool: Pool) -> None:
    pilot = pool.pilot("stop01")
    job = pool.queue.submit(COUNTS.format(20), FOR.format("stop01"))
    pool.queue.wait_until_runs(job)
    pilot.stop(timeout=20)
    other = pool.pilot("stop01")
    assert pool.exit_code(pilot) == 143
    print(f"runs elsewhere after {pool.queue.wait_until_runs(job, starts=2):.1f} s")
    pool.queue.wait_until_done(job)
    assert pool.queue.events(job).count("004") == 1
    assert pool.queue.output(job).splitlines() == ["started on stop01", "done"]
    assert pool.exit_code(other) == DONE


def test_a_frozen_pilot_keeps_its_job(pool: Pool) -> None:
    pilot = pool.pilot("freeze01")
    job = pool.queue.submit(COUNTS.format(15), FOR.format("freeze01"))
    pool.queue.wait_until_runs(job)
    pilot.pause()
    time.sleep(HTCONDOR_LEASE_SECONDS)
    pilot.unpause()
    pool.queue.wait_until_done(job)
    assert pool.exit_code(pilot) == DONE
    assert pool.queue.events(job).count("001") == 1
    assert pool.queue.output(job).splitlines() == ["started on freeze01", "done"]


def test_a_pool_that_is_restarted_loses_no_job(pool: Pool) -> None:
    pilot = pool.pilot("again01")
    # A longer lease than that of the other tests: on a busy machine a pool takes its time to come back.
    running = pool.queue.submit(COUNTS.format(15), FOR.format("again01"), "job_lease_duration = 120")
    waiting = pool.queue.submit(COUNTS.format(1), FOR.format("again02"))
    pool.queue.wait_until_runs(running)
    pool.restart()
    other = pool.pilot("again02")
    pool.queue.wait_until_done(waiting)
    pool.queue.wait_until_done(running)
    assert pool.queue.events(running).count("001") == 1
    assert pool.queue.output(running).splitlines() == ["started on again01", "done"]
    assert [pool.exit_code(pilot), pool.exit_code(other)] == [DONE, DONE]


def test_the_agent_runs_pilots_that_run_jobs(pool: Pool, agent: AgentProcess) -> None:
    jobs = pool.queue.submit(COUNTS.format(1), FOR.format(agent.name), count=3)
    lend(agent, pool, {}, {"PLANCTON_UPDATE_SECONDS": "3"})
    agent.start()
    pool.queue.wait_until_done(jobs, 180, count=3)
    assert [pool.queue.output(jobs, process).splitlines()[-1] for process in range(3)] == ["done"] * 3
