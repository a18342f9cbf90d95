"""Hosts that differ, reached over SSH: one playbook makes a facility of them, whatever is wrong with one.

The tests are one story, in the order of the file; the fleet is made for it and goes with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fleet import fleet, newer, rollout
from tests.fleet.fleet import Fleet
from tests.fleet.members import TESTED
from tests.fleet.place import Place
from tests.testbed import stranger, traces
from tests.testbed.command import must
from tests.testbed.facility import Facility, Recap, until
from tests.testbed.host import Host
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


def test_a_canary_that_fails_ends_the_roll_out_before_it_reaches_others(hosts: Fleet) -> None:
    (hosts.place.folder / "canaries").write_text("[canaries]\nnocpu\n")
    canary, other = hosts.hosts["nocpu"], hosts.hosts["shared"]
    must(canary.run("touch", "/opt/plancton"))  # no release can be put below a file
    done = rollout.play(hosts.place, inventory="canaries")
    must(canary.run("rm", "/opt/plancton"))
    told = rollout.recaps(done)
    assert not done.ok
    assert (told["nocpu"].failed, told["shared"].failed, told["watch"].failed) == (1, 0, 0), done.told()
    assert "stopped after wave 1 of 2: 1 of its 1 donors did not become ready (nocpu)" in done.output
    assert "not reached, and untouched: shared" in done.output
    assert "agents answer on 0 of 3 donors" in done.output
    assert told["shared"].changed == 0
    assert other.run("sh", "-c", "ls -d /opt/plancton /etc/plancton /var/lib/plancton-deploy").stdout == ""
    assert set(seen(hosts)) == {"shared", "nocpu", "off"}


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


def test_a_host_that_hangs_is_given_up(hosts: Fleet) -> None:
    with hosts.hung("nocpu"):  # while the connection of the last run is still open
        done = rollout.play(hosts.place, "--limit", "shared,nocpu", playbook="status.yml", deadline=240)
    assert rollout.recaps(done) == {"shared": SAME, "nocpu": AWAY}, done.told()
    assert "nocpu: cannot be reached" in done.output


def test_a_release_that_does_not_start_is_taken_back_and_pilots_stay(hosts: Fleet, tmp_path: Path) -> None:
    shared = hosts.hosts["shared"]
    before = (release(shared), pilots(shared))
    faulty = newer.tree(tmp_path, faulty=True)
    done = rollout.play(hosts.place, "--limit", "shared", "-e", "agent_ready_seconds=30", project=faulty)
    assert rollout.recaps(done)["shared"].failed == 1, done.told()
    assert f"shared: {before[0]} runs again, since the agent " in done.output
    assert newer.FAULT in done.output
    assert (release(shared), pilots(shared)) == before
    assert shared.read("/opt/plancton/current/bin/plancton", "status") != ""


def test_a_newer_release_adopts_the_pilots_and_a_host_lost_meanwhile_is_healed_by_a_second_run(
    hosts: Fleet, tmp_path: Path
) -> None:
    shared, lost = hosts.hosts["shared"], hosts.hosts["nocpu"]
    before, kept, newest = release(shared), pilots(shared), newer.tree(tmp_path)
    both = ("--limit", "shared,nocpu")
    transcript = rollout.transcript(hosts.place, *both, "--forks=9")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(rollout.play, hosts.place, *both, "--forks=9", project=newest)
        until(
            "the release is on its way",
            lambda: running.done() or "Ship the wheels" in text_of(transcript),
            300,
        )
        hosts.switch_off("nocpu")
    told = rollout.recaps(running.result())
    assert told["nocpu"].unreachable + told["nocpu"].failed == 1, running.result().told()
    assert told["shared"].failed + told["shared"].unreachable == 0, running.result().told()
    assert release(shared) != before
    assert pilots(shared) == kept
    assert shared.read("sh", "-c", "ls -d /opt/plancton/[0-9]*").split() == [
        f"/opt/plancton/{release(shared)}"
    ]
    hosts.switch_on("nocpu")
    again = rollout.play(hosts.place, *both, project=newest)
    told = rollout.recaps(again)
    assert (told["shared"], told["nocpu"].failed, told["nocpu"].unreachable) == (SAME, 0, 0), again.told()
    assert release(lost).split("-")[0] == release(shared).split("-")[0]
    donor = Facility(lost, "", hosts.place.folder)
    until("a pilot runs", lambda: donor.pilots() == 1, 120, donor.why)


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


def text_of(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def release(host: Host) -> str:
    """The name of the agent's release that is in use."""
    return host.read("readlink", "/opt/plancton/current").rpartition("/")[2]


def pilots(host: Host) -> list[str]:
    """The containers of pilots that run."""
    return host.read("docker", "ps", "--quiet", "--no-trunc", "--filter=label=plancton.agent").split()


def seen(hosts: Fleet) -> dict[str, float]:
    """The donors that the monitor's Prometheus scrapes, and whether they answer."""
    watch = Facility(hosts.hosts["watch"], "", hosts.place.folder)
    return watch.labelled('up{job="plancton"}', "instance")
