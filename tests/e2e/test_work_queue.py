"""Real tasks of real managers on real pilots: how pilots end, and that a lost one's task is done again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container

from tests.e2e import work_queue_images
from tests.e2e.agent_process import AgentProcess
from tests.e2e.work_queue import (
    PORT,
    UNTIL_TOLD,
    Facility,
    exit_code,
    results,
    tell_the_task,
    wait_until_it_works,
    write_password,
)

pytestmark = pytest.mark.timeout(1800)  # the images may have to be made first, on a busy machine

DONE, UNREACHABLE, NO_WORK, DENIED, STOPPED = 0, 69, 75, 77, 143
SYSTEMS = ["work_queue", "taskvine"]
TASKVINE = {"work_queue": {}, "taskvine": {"PLANCTON_TASKVINE": "true"}}


@pytest.fixture(scope="module")
def facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facility]:
    facility = Facility(tmp_path_factory.mktemp("work_queue"))
    try:
        yield facility
    finally:
        facility.clean_up()


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_agent_runs_pilots_that_do_tasks(facility: Facility, agent: AgentProcess, system: str) -> None:
    """One manager is found by its address, the other by its project."""
    manager = facility.manager(system, 4, "echo $PLANCTON_HOST; id -u", *["ours"][: system == "taskvine"])
    found = {
        "work_queue": {"PLANCTON_MANAGER": f"{manager.name}:{PORT}"},
        "taskvine": {"PLANCTON_PROJECT": "ours", "PLANCTON_CATALOG": f"{facility.catalog.name}:9097"},
    }
    agent.configure(
        mode="dedicated",
        pool={"max_pilots": 2, "memory_per_pilot": "256MiB", "cpus_per_pilot": 0.5},
        pilot={
            "image": work_queue_images.WORKER,
            "network": facility.name,
            "tmpfs": {"/tmp": "rw,exec,size=64m", "/work": "rw,exec,size=64m"},  # noqa: S108
            "mounts": [{"source": str(facility.secret), "target": "/secret"}],
            "environment": {
                "PLANCTON_PASSWORD_FILE": "/secret/password",
                "PLANCTON_HOST": agent.name,
                **found[system],
                **TASKVINE[system],
            },
        },
    )
    agent.start()
    assert results(manager, 300) == [f"{agent.name}\n10001\n"] * 4


def test_tasks_of_a_killed_and_of_a_stopped_pilot_are_done_again_once(facility: Facility) -> None:
    managers = {system: facility.manager(system, 1, UNTIL_TOLD) for system in SYSTEMS}

    def pilots() -> list[Container]:
        started = [facility.pilot(managers[system], **TASKVINE[system]) for system in SYSTEMS]
        for pilot in started:
            wait_until_it_works(pilot)
        return started

    for killed in pilots():
        killed.kill()
    began = time.monotonic()
    for stopped in pilots():
        print(f"runs again {time.monotonic() - began:.1f} s after its pilot was killed")
        stopped.stop(timeout=60)
        assert exit_code(stopped) == STOPPED
    last = pilots()
    for pilot in last:
        tell_the_task(pilot)
    assert [results(manager) for manager in managers.values()] == [[f"{one.name}\ndone\n"] for one in last]
    assert [exit_code(pilot) for pilot in last] == [DONE, DONE]


def test_a_pilot_tells_why_it_has_done_nothing(facility: Facility, tmp_path: Path) -> None:
    wrong = write_password(tmp_path / "wrong", "let me in, please\n")
    soon = {"PLANCTON_CONNECT_SECONDS": "2"}
    # The catalog must have answered by then, on a busy machine, too.
    project = {"PLANCTON_PROJECT": "nobody's", "PLANCTON_CONNECT_SECONDS": "10"}
    expected = {}
    for system in SYSTEMS:
        manager = facility.manager(system, 0, "true")
        more = TASKVINE[system]
        pilots = {
            "wrong password": (facility.pilot(manager, wrong, **more), DENIED),
            "no password": (facility.pilot(manager, PLANCTON_PASSWORD_FILE="", **more), DENIED),
            "no task": (facility.pilot(manager, PLANCTON_IDLE_EXIT_SECONDS="2", **more), NO_WORK),
            "no host": (facility.pilot(f"nowhere.invalid:{PORT}", **soon, **more), UNREACHABLE),
            "no port": (facility.pilot(f"{manager.name}:9", **soon, **more), UNREACHABLE),
            "no manager": (
                facility.pilot("", PLANCTON_CATALOG=f"{facility.catalog.name}:9097", **project, **more),
                NO_WORK,
            ),
            "no catalog": (
                facility.pilot("", PLANCTON_CATALOG="nowhere.invalid:9097", **project, **more),
                UNREACHABLE,
            ),
        }
        expected.update({f"{system}: {case}": how for case, how in pilots.items()})
    ends = {case: exit_code(pilot) for case, (pilot, _) in expected.items()}
    assert ends == {case: code for case, (_, code) in expected.items()}
