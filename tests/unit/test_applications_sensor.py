"""Programs by their names, and whose they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from plancton.readings import ApplicationsReading, Missing
from plancton.sensors import applications
from tests.unit.fake_sys import grow

SLICE = "plancton.slice"
OWNERS = "0::/user.slice/user-1000.slice/session-2.scope\n"
PILOTS = f"0::/{SLICE}/docker-{'1a' * 32}.scope\n"


def process(number: int, name: str, groups: str = OWNERS, state: str = "S") -> dict[str, str]:
    return {
        f"{number}/comm": f"{name}\n",
        f"{number}/cgroup": groups,
        f"{number}/stat": f"{number} ({name}) {state} 1 1 1 0 -1\n",
    }


INIT = process(1, "systemd", "0::/init.scope\n")


def running(root: Path, *names: str, pilots: str = SLICE) -> tuple[str, ...]:
    found = applications.read(names, pilots, proc=root)
    assert isinstance(found, ApplicationsReading)
    return found.running


def test_a_program_is_found_by_its_name(tmp_path: Path) -> None:
    grow(tmp_path, {**INIT, **process(7, "MATLAB"), **process(8, "game"), "meminfo": "", "self/comm": "x\n"})
    assert running(tmp_path, "game", "MATLAB", "quake") == ("MATLAB", "game")
    assert running(tmp_path, "matlab", "gam", "games", "x") == ()


def test_the_kernel_keeps_fifteen_bytes_of_a_name(tmp_path: Path) -> None:
    grow(tmp_path, {**INIT, **process(7, "a-very-long-nam"), **process(8, "größtes-programm"[:13])})
    assert running(tmp_path, "a-very-long-name-indeed", "größtes-programm") == (
        "a-very-long-name-indeed",
        "größtes-programm",
    )


@pytest.mark.parametrize(
    ("groups", "pilots", "counts"),
    [
        (PILOTS, SLICE, False),
        (f"0::/user.slice/user-9.slice/user@9.service/{SLICE}/docker-x.scope\n", SLICE, False),  # rootless
        (f"12:cpu,cpuacct:/plancton/{'1a' * 32}\n0::/system.slice/docker.service\n", "/plancton", False),
        (f"0::/system.slice/docker-{'2b' * 32}.scope\n", SLICE, True),
        ("0::/system.slice/plancton.service\n", "/plancton", True),
        ("0::/\n", "/plancton", True),
    ],
)
def test_a_pilots_own_process_does_not_count(tmp_path: Path, groups: str, pilots: str, counts: bool) -> None:  # noqa: FBT001
    grow(tmp_path, {**INIT, **process(7, "game", groups)})
    assert bool(running(tmp_path, "game", pilots=pilots)) is counts


def test_what_has_ended_does_not_run(tmp_path: Path) -> None:
    """A zombie waits for its parent only; of another the entry is still there and nothing else."""
    grow(tmp_path, {**INIT, **process(7, "game", state="Z"), "8/comm": "game\n", "9/": ""})
    assert running(tmp_path, "game") == ()


def test_a_name_cannot_pretend_to_be_the_end_of_the_line(tmp_path: Path) -> None:
    grow(tmp_path, {**INIT, **process(7, "x) Z 1 (y")})
    assert running(tmp_path, "x) Z 1 (y") == ("x) Z 1 (y",)


def test_where_others_processes_are_hidden_nothing_can_be_told(tmp_path: Path) -> None:
    """/proc with hidepid shows an agent its own processes only."""
    grow(tmp_path, process(7, "agent"))
    found = applications.read(["game"], SLICE, proc=tmp_path)
    assert isinstance(found, Missing)
    assert found.why.startswith("the processes of others cannot be seen: ")


def test_before_the_pilots_group_is_known_nothing_can_be_told(tmp_path: Path) -> None:
    grow(tmp_path, {**INIT, **process(7, "game")})
    assert isinstance(applications.read(["game"], "", proc=tmp_path), Missing)


def test_on_this_host_the_test_itself_is_found() -> None:
    name = Path("/proc/self/comm").read_text().strip()
    assert name in running(Path("/proc"), name)
