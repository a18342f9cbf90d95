"""A host with a kernel of its own: cgroup v2 with all controllers, in one tree that systemd and Docker share.

It is emulated, and slow. The tests are one story, in the order of the file; the host is made for it and
goes with it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fleet import fleet, rollout
from tests.fleet.fleet import Fleet
from tests.fleet.members import VIRTUAL
from tests.fleet.place import Place
from tests.testbed import traces
from tests.testbed.command import must
from tests.testbed.facility import Facility, Recap, until
from tests.testbed.host import Host

pytest_plugins = ["tests.testbed.fixtures"]
pytestmark = [pytest.mark.fresh, pytest.mark.timeout(1200)]

# What takes a minute or two on a quiet machine.
PLAY_SECONDS = 600
LOOK_SECONDS = 300
SLICE = "/sys/fs/cgroup/plancton.slice"
CONFIGURATION = "/etc/plancton/plancton.yml"


@pytest.fixture(scope="module")
def hosts(fresh_run_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    place = Place(tmp_path_factory.mktemp("virtual"), fresh_run_id)
    try:
        yield fleet.up(place, (VIRTUAL,))
    finally:
        fleet.down(place)


@pytest.fixture
def donor(hosts: Fleet) -> Facility:
    return Facility(hosts.hosts["virtual"], "", hosts.place.folder)


def test_a_roll_out_brings_a_pilot_that_the_kernel_serves_last(hosts: Fleet, donor: Facility) -> None:
    must(rollout.play(hosts.place, deadline=PLAY_SECONDS))
    until("a pilot runs", lambda: donor.pilots() == 1, LOOK_SECONDS, donor.why)
    assert read(donor.host, f"{SLICE}/cpu.idle", f"{SLICE}/io.weight") == ["1", "default 1"]
    scope = f"{SLICE}/docker-{pilot(donor.host)}.scope"
    limits = [str(64 * 1024**2), "100000 100000"]  # memory_per_pilot of the fleet, and one core
    assert read(donor.host, f"{scope}/memory.max", f"{scope}/cpu.max") == limits


def test_a_second_run_changes_nothing_and_leaves_the_pilot(hosts: Fleet, donor: Facility) -> None:
    before = pilot(donor.host)
    again = must(rollout.play(hosts.place, deadline=PLAY_SECONDS))
    assert rollout.recaps(again) == {"virtual": Recap(changed=0, unreachable=0, failed=0)}, again.told()
    assert pilot(donor.host) == before


def test_the_agent_keeps_the_weight_down(donor: Facility) -> None:
    must(donor.host.run("sh", "-c", f"echo 0 > {SLICE}/cpu.idle"))  # as a `docker update` does
    until("it is the lowest again", lambda: read(donor.host, f"{SLICE}/cpu.idle") == ["1"], LOOK_SECONDS)
    assert "lowest CPU weight" not in donor.host.read("plancton", "status")


def test_a_pilot_that_is_not_welcome_is_frozen_and_goes_on_afterwards(donor: Facility) -> None:
    """By the hour: who owns the CPU of a host that is emulated could not be told reliably."""
    host = donor.host
    scope = f"{SLICE}/docker-{pilot(host)}.scope"
    before = host.read("cat", CONFIGURATION)
    hour = (int(host.read("date", "+%H")) + 12) % 24
    closed = f'{before}\nsignals:\n  hours: ["{hour:02}:00-{hour:02}:30"]\n'
    must(host.run("tee", CONFIGURATION, stdin=closed.encode()))
    until("it is frozen", lambda: "frozen 1" in read(host, f"{scope}/cgroup.events"), LOOK_SECONDS, donor.why)
    assert "froze" in donor.why()
    until("it weighs least", lambda: read(host, f"{SLICE}/cpu.idle") == ["1"], LOOK_SECONDS)
    must(host.run("tee", CONFIGURATION, stdin=f"{before}\n".encode()))
    until("it goes on", lambda: "frozen 0" in read(host, f"{scope}/cgroup.events"), LOOK_SECONDS, donor.why)


def test_all_of_it_can_be_removed(hosts: Fleet, donor: Facility) -> None:
    must(rollout.play(hosts.place, playbook="remove.yml", deadline=PLAY_SECONDS))
    assert traces.by_name(donor.host, "") == []
    assert not donor.host.run("test", "-e", SLICE).ok


def pilot(host: Host) -> str:
    """The whole name of the only pilot's container."""
    return host.read("docker", "ps", "--quiet", "--no-trunc", "--filter=label=plancton.agent")


def read(host: Host, *files: str) -> list[str]:
    """Their lines."""
    return host.read("cat", *files).splitlines()
