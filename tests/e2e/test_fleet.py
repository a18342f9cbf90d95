"""Hosts that differ, reached over SSH: one playbook makes a facility of them, whatever is wrong with one.

The tests are one story, in the order of the file; the fleet is made for it and goes with it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fleet import fleet, rollout
from tests.fleet.fleet import Fleet
from tests.fleet.members import TESTED
from tests.fleet.place import Place
from tests.testbed import stranger, traces
from tests.testbed.command import must
from tests.testbed.facility import Facility, Recap, until
from tests.testbed.stranger import Stranger

pytest_plugins = ["tests.testbed.fixtures"]
pytestmark = [pytest.mark.fresh, pytest.mark.timeout(1800)]

SAME = Recap(changed=0, unreachable=0, failed=0)
AWAY = Recap(changed=0, unreachable=1, failed=0)


@pytest.fixture(scope="module")
def hosts(fresh_run_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    place = Place(tmp_path_factory.mktemp("fleet"), fresh_run_id)
    try:
        yield fleet.up(place, TESTED)
    finally:
        fleet.down(place)


@pytest.fixture(scope="module")
def others(hosts: Fleet) -> Stranger:
    """Somebody's container on the host that is shared."""
    return stranger.look(hosts.hosts["shared"])


def test_a_run_reaches_every_host_but_the_one_that_is_off(hosts: Fleet, others: Stranger) -> None:
    done = rollout.play(hosts.place)
    told = rollout.recaps(done)
    assert not done.ok
    assert told.pop("off") == AWAY, done.told()
    assert {name: (host.unreachable, host.failed) for name, host in told.items()} == dict.fromkeys(
        ("shared", "nocpu", "watch"), (0, 0)
    ), done.told()
    assert "off: cannot be reached" in done.output
    for name in ("shared", "nocpu"):
        donor = Facility(hosts.hosts[name], "", hosts.place.folder)
        until("a pilot runs", lambda donor=donor: donor.pilots() == 1, 120, donor.why)  # type: ignore[misc]
    assert stranger.look(hosts.hosts["shared"]) == others
    # That an engine did not run does not make it ours.
    for host in hosts.hosts.values():
        assert not host.run("test", "-e", "/var/lib/plancton-deploy/engine").ok, host.name


def test_a_host_that_is_off_stays_a_target(hosts: Fleet) -> None:
    assert seen(hosts) == {"shared": 1.0, "nocpu": 1.0, "off": 0.0}


def test_a_second_run_changes_nothing(hosts: Fleet) -> None:
    done = rollout.play(hosts.place)
    assert rollout.recaps(done) == {"shared": SAME, "nocpu": SAME, "watch": SAME, "off": AWAY}, done.told()


def test_a_host_that_is_switched_on_is_taken_in_and_no_other_is_dropped(hosts: Fleet) -> None:
    hosts.switch_on("off")
    done = must(rollout.play(hosts.place, "--limit", "off"))
    assert set(rollout.recaps(done)) == {"off"}
    everybody = {"shared": 1.0, "nocpu": 1.0, "off": 1.0}
    until("Prometheus sees all of them", lambda: seen(hosts) == everybody, 120, lambda: str(seen(hosts)))


def test_all_of_it_can_be_removed_and_somebodys_container_stays(hosts: Fleet, others: Stranger) -> None:
    must(rollout.play(hosts.place, playbook="remove.yml"))
    for host in hosts.hosts.values():
        assert traces.by_name(host, "") == [], host.name
    assert stranger.look(hosts.hosts["shared"]) == others
    left = hosts.hosts["nocpu"]
    must(left.run("test", "-d", "/var/lib/docker/image"))
    assert left.run("pgrep", "--exact", "dockerd").stdout == ""


def seen(hosts: Fleet) -> dict[str, float]:
    """The donors that the monitor's Prometheus scrapes, and whether they answer."""
    watch = Facility(hosts.hosts["watch"], "", hosts.place.folder)
    return watch.labelled('up{job="plancton"}', "instance")
