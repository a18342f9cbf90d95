"""What a hostile job can do from within a pilot, and what it cannot. docs/security.md tells it in words.

Each attack is real and bounded: in what it may take of this machine, and in time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cell import Cell
from tests.e2e.lan import service_of_the_host
from tests.e2e.waiting import wait_for

MIB = 1024**2
PILOT = 10001
PROCESSES = 64


@pytest.fixture
def cell(image: str) -> Iterator[Cell]:
    made = Cell(image)
    yield made
    made.clean_up()


def test_a_fork_bomb_stays_within_its_processes(cell: Cell) -> None:
    bomb = "(while :; do sleep 600 & done); exec sleep 600"
    cell.start("sh", "-c", bomb, pids_limit=PROCESSES)
    seen: list[tuple[int, int]] = []

    def full() -> bool:
        seen.append(cell.processes())
        return seen[-1][0] >= PROCESSES // 2

    wait_for(lambda: f"the bomb to go off: {seen[-3:]}", full, 60)
    assert {limit for _, limit in seen} == {PROCESSES}
    assert max(count for count, _ in seen) <= PROCESSES
    # It is ended like any other: the kernel takes all of its processes at once.
    (pilot,) = cell.engine.pilots()
    cell.engine.kill(pilot.id)
    assert cell.ending().exit_code == 137


def test_a_job_that_takes_memory_without_end_is_what_the_kernel_ends(cell: Cell) -> None:
    cell.start("tail", "/dev/zero", pool={"memory_per_pilot": "32MiB"})
    ending = cell.ending()
    assert ending.out_of_memory
    assert ending.exit_code == 137


def test_a_flood_of_the_disk_ends_in_memory_of_its_own(cell: Cell) -> None:
    cell.start("sleep", "600", pool={"memory_per_pilot": "256MiB"})
    written = {
        place: cell.does(f"dd if=/dev/zero of={place}/flood bs=1M count=100 2>&1; wc -c <{place}/flood")
        for place in ("/", "/bin", "/etc", "/tmp", "/dev/shm")  # noqa: S108 - the pilot's own
    }
    for place in ("/tmp", "/dev/shm"):  # noqa: S108 - the pilot's own
        assert "No space left" in written[place]
        assert int(written[place].split()[-1]) == 64 * MIB
    for place in ("/", "/bin", "/etc"):
        assert "Read-only file system" in written[place] or "ermission denied" in written[place]
    assert cell.does("grep ' / ' /proc/mounts | cut -d ' ' -f 4").startswith("ro,")
    assert [change for change in cell.changes() if "flood" in change] == []


def test_a_flood_of_words_is_not_kept_unless_asked_and_then_no_more_than_asked(cell: Cell) -> None:
    flood = ("sh", "-c", "dd if=/dev/zero bs=1M count=8 | tr '\\0' x | fold -w 1000")
    cell.start(*flood)
    assert cell.about()["LogPath"] == ""
    cell.ending()
    cell.start(*flood, log_max_size=MIB)
    kept = Path(cell.about()["LogPath"])
    cell.wait_for_end()
    sizes = [file.stat().st_size for file in kept.parent.glob(f"{kept.name}*")]
    assert 0 < sum(sizes) <= 2 * MIB


def test_a_job_sees_neither_the_owners_loopback_nor_any_network(cell: Cell) -> None:
    cell.start("sleep", "600")
    with service_of_the_host() as port:
        assert cell.does("ls /sys/class/net").split() == ["lo"]
        scan = (
            f"for p in {port} 22 2375 10016; do nc -w 2 127.0.0.1 $p </dev/null && echo open $p; done; true"
        )
        assert "open" not in cell.does(scan)
        # The engine's own bridge would be the nearest address of the host.
        assert "unreachable" in cell.does(f"nc -w 2 172.17.0.1 {port} </dev/null 2>&1")


def test_a_job_has_no_rights_to_gain(cell: Cell) -> None:
    cell.start("sleep", "600")
    status = dict(line.split(":\t", 1) for line in cell.does("cat /proc/self/status").splitlines())
    assert {int(status[caps], 16) for caps in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1"
    assert set(status["Uid"].split()) == {str(PILOT)}
    tries = {
        "mount -t tmpfs x /tmp": "mounted",
        "mknod /tmp/disk b 8 0": "made",
        "echo 1 >/proc/sys/kernel/panic": "set",
        "echo b >/proc/sysrq-trigger": "gone",
        "ls /var/run/docker.sock": "there",
        "chroot / true": "rooted",
    }
    for attempt, success in tries.items():
        assert success not in cell.does(f"({attempt}) 2>/dev/null && echo {success}"), attempt


def test_a_job_can_read_its_pilots_token_and_not_change_it(cell: Cell, tmp_path: Path) -> None:
    """It is the same user: the token must be worth little. docs/security.md says how."""
    secrets = tmp_path / "tokens.d"
    secrets.mkdir(mode=0o700)
    token = secrets / "pilot"
    token.write_text("of-the-pilot")
    token.chmod(0o600)
    for owned in (secrets, token):
        os.chown(owned, PILOT, PILOT)
    cell.start("sleep", "600", mounts=[{"source": str(secrets), "target": "/tokens.d"}])
    assert cell.does("cat /tokens.d/pilot") == "of-the-pilot"
    cell.does("echo forged >/tokens.d/pilot; rm -f /tokens.d/pilot; touch /tokens.d/more")
    assert token.read_text() == "of-the-pilot"
    assert list(secrets.iterdir()) == [token]
