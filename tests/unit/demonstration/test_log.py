"""HTCondor's log, as the demonstration reads it."""

from __future__ import annotations

from tools.demonstration import log

SUBMIT = "000 (007.{0:03d}.000) 2026-11-27 09:00:00 Job submitted from host: <172.17.0.1:9618>\n...\n"
START = "001 (007.{0:03d}.000) 2026-11-27 09:00:01 Job executing on host: <172.18.0.2:1>\n...\n"
EVICT = "004 (007.{0:03d}.000) 2026-11-27 09:00:02 Job was evicted.\n\tCode 1004\n...\n"
UNHEARD = "022 (007.{0:03d}.000) 2026-11-27 09:00:03 Job disconnected, attempting to reconnect\n...\n"
LOST = "024 (007.{0:03d}.000) 2026-11-27 09:00:04 Job reconnection failed\n...\n"
END = "005 (007.{0:03d}.000) 2026-11-27 09:00:05 Job terminated.\n\t(1) {1}\n\t000  -  Run Bytes\n...\n"
WELL = "Normal termination (return value 0)"


def test_states_are_counted() -> None:
    text = (
        "".join(SUBMIT.format(n) for n in range(4)) + START.format(0) + START.format(1) + END.format(1, WELL)
    )
    assert log.read(text).counts() == {log.IDLE: 2, log.RUNNING: 1, log.DONE: 1}


def test_an_evicted_and_a_lost_job_are_interrupted_and_one_that_is_only_unheard_of_is_not() -> None:
    text = "".join(SUBMIT.format(n) + START.format(n) for n in range(3))
    text += EVICT.format(0) + UNHEARD.format(1) + LOST.format(1) + UNHEARD.format(2)
    story = log.read(text)
    assert story.interrupted == 2
    assert story.counts() == {log.IDLE: 2, log.RUNNING: 1}


def test_each_end_counts_and_only_a_good_one_is_good() -> None:
    text = (
        SUBMIT.format(0)
        + 2 * END.format(0, WELL)
        + SUBMIT.format(1)
        + END.format(1, "Abnormal termination (signal 9)")
    )
    jobs = log.read(text).jobs
    assert (jobs[0].ends, jobs[0].ended_well) == (2, True)
    assert (jobs[1].ends, jobs[1].ended_well) == (1, False)


def test_a_log_that_is_empty_or_ends_within_an_event_is_no_error() -> None:
    assert log.read("").jobs == {}
    assert log.read(SUBMIT.format(0) + "001 (007.000").counts() == {log.IDLE: 1}
