"""What HTCondor's tools print becomes numbers; a pool that does not tell is told of in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from plancton.demand.ledger import Look
from plancton.demand.pool import NoPool, Pool, jobs_of, slots_of


def tools(directory: Path, script: str) -> tuple[str, ...]:
    """Stands before each command, as `docker exec NAME` does, and is told it."""
    (directory / "tools").write_text(script)
    return ("sh", str(directory / "tools"))


def test_lines_that_are_no_numbers_are_no_jobs() -> None:
    told = "1 128\n1.0 128\nAll queues are empty\n\n4 undefined\nnan 1\n1e400 1\n2 4000 more words\n"
    assert jobs_of(told) == {(1, 128): 2, (2, 4000): 1}


def test_slots_tell_whether_they_wait_and_whether_they_have_just_come() -> None:
    told = "1 416 true true\n1 416 false true\n1 416 true false\n2 900 error true\n1 1\n"
    assert slots_of(told) == ({(1, 416): 2}, {(1, 416): 2, (2, 900): 1})


def test_a_look_asks_for_slots_and_then_for_jobs(tmp_path: Path) -> None:
    script = f"""echo "$@" >>{tmp_path}/asked
case $1 in condor_status) echo 1 416 true false ;; *) echo 1 32 ;; esac"""
    assert Pool(tools(tmp_path, script), "pool:9618", "Owner != 'eve'").look() == Look(
        {(1, 32): 1}, {(1, 416): 1}
    )
    slots, jobs = (tmp_path / "asked").read_text().splitlines()
    assert slots.startswith("condor_status -pool pool:9618 -constraint PlanctonKind =!= undefined && ")
    assert jobs.startswith("condor_q -pool pool:9618 -global -allusers -constraint JobStatus == 1 && ")
    assert "(Owner != 'eve')" in jobs


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo the schedd >&2; echo is away >&2; exit 3", "condor_status ended with 3: the schedd is away"),
        ("head -c 100000 /dev/zero >&2; exit 1", "condor_status ended with 1: "),
    ],
)
def test_a_pool_that_cannot_be_asked_is_told_of(tmp_path: Path, script: str, told: str) -> None:
    with pytest.raises(NoPool) as refused:
        Pool(tools(tmp_path, script)).look()
    assert str(refused.value).startswith(told)
    assert len(str(refused.value)) < 400


def test_tools_that_are_not_there_are_told_of() -> None:
    with pytest.raises(NoPool, match=r"^/nonexistent/tool cannot be run: No such file"):
        Pool(("/nonexistent/tool",)).look()
