"""Hosts that differ, reached over SSH: one playbook makes a facility of them, whatever is wrong with one.

The tests are one story, in the order of the file; the fleet is made for it and goes with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fleet import credentials, faults, fleet, newer, rollout
from tests.fleet.fleet import Fleet
from tests.fleet.members import TESTED
from tests.fleet.place import Place
from tests.fleet.shown import pilots, release, running_release, seen, status, text_of, until_seen, wish
from tests.testbed import stranger, traces
from tests.testbed.command import must, run
from tests.testbed.facility import Facility, Recap, until
from tests.testbed.snapshot import PROJECT
from tests.testbed.stranger import Stranger

pytest_plugins = ["tests.testbed.fixtures"]
pytestmark = [pytest.mark.fresh, pytest.mark.timeout(1800)]

SECRETS = ("prometheus.pem", "password")
SAME = Recap(changed=0, unreachable=0, failed=0)
AWAY = Recap(changed=0, unreachable=1, failed=0)
ALL = ("shared", "nocpu", "off")
LIMIT = ("--limit", ",".join(ALL))
# A second inventory, whose group is there only where a run is told of it.
CANARIES = "[canaries]\nnocpu\n"
SOMEBODYS_GRAFANA = """
set -e
mkdir -p /etc/grafana/provisioning/datasources /etc/grafana/provisioning/dashboards
groupadd --system grafana
printf '[Service]\\nExecStart=/bin/sleep infinity\\n' >/etc/systemd/system/grafana-server.service
systemctl daemon-reload
systemctl start grafana-server
"""


@pytest.fixture(scope="module")
def hosts(fresh_run_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    place = Place(tmp_path_factory.mktemp("fleet"), fresh_run_id)
    with credentials.of_a_vault(place, "off"):
        try:
            yield fleet.up(place, TESTED)
        finally:
            fleet.down(place)


@pytest.fixture(scope="module")
def others(hosts: Fleet) -> Stranger:
    """Somebody's container on the host that is shared."""
    return stranger.look(hosts.hosts["shared"])


def test_a_look_at_new_hosts_is_clean_and_leaves_nothing(hosts: Fleet) -> None:
    done = rollout.play(hosts.place, "--check", "--diff")
    told = rollout.recaps(done)
    assert told.pop("off") == AWAY, done.told()
    assert {name: host.failed + host.unreachable for name, host in told.items()} == dict.fromkeys(
        ("shared", "nocpu", "watch"), 0
    ), done.told()
    assert "+mode: dedicated" in done.output
    assert credentials.PASSWORD not in done.output
    for name in ("shared", "nocpu", "watch"):
        assert traces.by_name(hosts.hosts[name], "") == [], name
    assert not (hosts.place.folder / "authority").exists()


def test_a_canary_whose_disk_is_full_ends_the_roll_out_before_it_reaches_others(hosts: Fleet) -> None:
    (hosts.place.folder / "canaries").write_text(CANARIES)
    canary, other = hosts.hosts["nocpu"], hosts.hosts["shared"]
    with faults.small_disk(canary, megabytes=15):
        done = rollout.play(hosts.place, inventory="canaries")
        assert canary.read("ls", "-A", "/opt/plancton") == ""
    told = rollout.recaps(done)
    assert not done.ok
    assert (told["nocpu"].failed, told["shared"].failed, told["watch"].failed) == (1, 0, 0), done.told()
    assert "nocpu: /opt/plancton has 15 MB left, and a release of the agent takes 20: nothing" in done.output
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
    until_seen(hosts, {"shared": 1.0, "nocpu": 1.0, "off": 0.0})


def test_a_second_run_changes_nothing(hosts: Fleet) -> None:
    done = rollout.play(hosts.place)
    assert rollout.recaps(done) == {"shared": SAME, "nocpu": SAME, "watch": SAME, "off": AWAY}, done.told()


def test_what_somebody_has_changed_is_put_right(hosts: Fleet) -> None:
    """Though nothing of it is new to a run, and the agent is ready all the while."""
    host, limit = hosts.hosts["shared"], ("--limit", "shared")
    wanted = host.read("cat", "/etc/plancton/plancton.yml")
    faults.do(host, "echo '# by hand' >>/etc/plancton/plancton.yml; rm /usr/local/bin/plancton")
    done = must(rollout.play(hosts.place, *limit))
    assert rollout.recaps(done)["shared"].changed > 0, done.told()
    assert host.read("cat", "/etc/plancton/plancton.yml") == wanted
    must(host.run("test", "-x", "/usr/local/bin/plancton"))
    assert rollout.recaps(must(rollout.play(hosts.place, *limit))) == {"shared": SAME}


def test_a_grafana_that_a_lost_run_has_not_told_takes_it_in_with_the_next(hosts: Fleet) -> None:
    """Its program cannot be had here; what the role sees of it is how it is started and found."""
    watch, limit = hosts.hosts["watch"], ("--limit", "watch", "--tags", "grafana")
    faults.do(watch, SOMEBODYS_GRAFANA)
    started = watch.read("systemctl", "show", "--property=MainPID", "grafana-server")
    faults.once(watch, "[ -e /etc/grafana/provisioning/datasources/plancton.yml ]", faults.CUT_OFF)
    done = rollout.play(hosts.place, *limit)
    assert rollout.recaps(done)["watch"].unreachable == 1, done.told()
    must(watch.run("test", "-e", "/etc/plancton/grafana/dashboards/plancton-pilots.json"))
    assert watch.read("systemctl", "show", "--property=MainPID", "grafana-server") == started
    faults.do(watch, faults.CONNECT)
    done = must(rollout.play(hosts.place, *limit))
    assert watch.read("systemctl", "show", "--property=MainPID", "grafana-server") != started, done.told()
    assert rollout.recaps(must(rollout.play(hosts.place, *limit))) == {"watch": SAME}


def test_a_drain_reaches_all_but_a_host_that_hangs(hosts: Fleet) -> None:
    with hosts.hung("nocpu"):  # while the connection of the last run is still open
        done = rollout.play(hosts.place, "-e", "drain_reason=disks", playbook="drain.yml", deadline=240)
    assert rollout.recaps(done) == {"shared": replace(SAME, changed=1), "nocpu": AWAY, "off": AWAY}, (
        done.told()
    )
    assert "shared: drain, asked by root (operator: disks); 1 pilot is there" in done.output
    assert "nocpu: cannot be reached" in done.output
    assert wish(hosts, "shared") == ("drain", "root (operator: disks)")


def test_a_group_is_drained_and_one_host_and_then_all_are_resumed(hosts: Fleet) -> None:
    done = rollout.play(hosts.place, "--limit", "canaries", inventory="canaries", playbook="drain.yml")
    assert rollout.recaps(done).keys() == {"nocpu"}, done.told()
    must(rollout.play(hosts.place, "--limit", "shared", playbook="resume.yml"))
    assert (wish(hosts, "shared")[0], wish(hosts, "nocpu")[0]) == ("run", "drain")
    done = rollout.play(hosts.place, playbook="resume.yml")
    assert rollout.recaps(done) == {"shared": SAME, "nocpu": replace(SAME, changed=1), "off": AWAY}, (
        done.told()
    )
    assert "nocpu: pilots are welcome" in done.output


def test_a_release_that_fails_is_taken_back_whatever_else_is_wrong_there(
    hosts: Fleet, tmp_path: Path
) -> None:
    """On one host it is that alone; on another the engine is killed, and the disk of a third becomes full."""
    shared, killed, full = (hosts.hosts[name] for name in ALL)
    before, kept, of_killed = release(shared), pilots(shared), release(killed)
    hosts.switch_on("off")
    faults.once(full, "[ -e /opt/plancton/*/release.tar.gz ]", faults.FILL_DISK)
    faults.once(killed, "[ $(ls -d /opt/plancton/[0-9]* | wc -l) = 2 ]", faults.KILL_ENGINE)
    faulty = newer.tree(tmp_path, faulty=True)
    with faults.small_disk(full, megabytes=40):
        done = rollout.play(hosts.place, *LIMIT, "-e", "agent_ready_seconds=30", project=faulty)
        assert full.read("ls", "-A", "/opt/plancton") == "filling"
    told = rollout.recaps(done)
    assert [told[name].failed for name in ALL] == [1, 1, 1], done.told()
    assert f"shared: {before} runs again, since the agent " in done.output
    assert newer.FAULT in done.output
    assert (release(shared), pilots(shared)) == (before, kept)
    assert shared.read("/opt/plancton/current/bin/plancton", "status") != ""
    # The engine is lost about when the earlier release is asked, which may not know of it yet.
    again, either = "runs again, as unready as before", "is put back and does not become ready either"
    assert re.search(rf"nocpu: {of_killed} ({again}|{either}), since the agent ", done.output), done.told()
    assert release(killed) == of_killed
    assert status(killed)["pilots"] is None  # its agent lives, and says that the engine does not
    assert "cannot be installed below /opt/plancton, and is not put in use: " in done.output
    assert "No space left on device" in done.output.rpartition("off: the agent ")[2]


def test_a_newer_release_adopts_the_pilots_and_what_was_lost_meanwhile_is_healed_by_a_second_run(
    hosts: Fleet, tmp_path: Path
) -> None:
    """One host is cut off before its agent is restarted, one loses its power, one is new and all is well."""
    cut_off, lost = hosts.hosts["shared"], hosts.hosts["nocpu"]
    before, kept, newest = release(cut_off), pilots(cut_off), newer.tree(tmp_path)
    faults.once(cut_off, f'[ "$(readlink /opt/plancton/current)" != /opt/plancton/{before} ]', faults.CUT_OFF)
    transcript = rollout.transcript(hosts.place, *LIMIT, "--forks=9")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(rollout.play, hosts.place, *LIMIT, "--forks=9", project=newest)
        until(
            "the release is on its way",
            lambda: running.done() or "Ship the release" in text_of(transcript),
            300,
        )
        hosts.switch_off("nocpu")
    told = rollout.recaps(running.result())
    assert told["nocpu"].unreachable + told["nocpu"].failed == 1, running.result().told()
    assert told["shared"].unreachable == 1, running.result().told()
    assert "shared: cannot be reached" in running.result().output
    assert told["off"].failed + told["off"].unreachable == 0, running.result().told()
    assert "off: behind TLS now, of which this run has not told watch" in running.result().output
    assert (release(cut_off) != before, running_release(cut_off), pilots(cut_off)) == (True, before, kept)
    until_seen(hosts, {"shared": 0.0, "nocpu": 0.0, "off": 1.0})
    faults.do(cut_off, faults.CONNECT)
    hosts.switch_on("nocpu")
    again = rollout.play(hosts.place, *LIMIT, project=newest)
    told = rollout.recaps(again)
    assert told.pop("off") == SAME, again.told()
    assert [(host.failed, host.unreachable) for host in told.values()] == [(0, 0)] * 2, again.told()
    assert (running_release(cut_off), pilots(cut_off)) == (release(cut_off), kept)
    assert cut_off.read("sh", "-c", "ls -d /opt/plancton/[0-9]*") == f"/opt/plancton/{release(cut_off)}"
    assert release(lost).split("-")[0] == release(cut_off).split("-")[0]
    donor = Facility(lost, "", hosts.place.folder)
    until("a pilot runs", lambda: donor.pilots() == 1, 120, donor.why)
    until_seen(hosts, dict.fromkeys(ALL, 1.0))


def test_agents_let_their_monitor_in_and_nobody_whose_certificate_or_password_is_wrong_or_missing(
    hosts: Fleet,
) -> None:
    """Nothing in the inventory says TLS. One agent wants a password, too, which the monitor has by vault."""
    watch = hosts.hosts["watch"]
    assert credentials.let_in(watch, "nocpu") == ["all of it", "no password", "a wrong password"]
    assert credentials.let_in(watch, "off") == ["all of it"]
    kept = watch.read("stat", "--format=%a %U %n", *(f"{credentials.TLS}/{name}" for name in SECRETS))
    assert kept == "\n".join(f"600 plancton-monitor {credentials.TLS}/{name}" for name in SECRETS)
    # Neither a run's output nor a host's log has them, and least of all whole files.
    logs = [host.read("journalctl", "--no-pager") for host in (watch, hosts.hosts["off"])]
    for text in (rollout.transcript(hosts.place).read_text(), *logs):
        assert "plancton" in text
        secrets = (credentials.PASSWORD, "PRIVATE KEY", "scrypt$", "Invoked with entries")
        assert [secret for secret in secrets if secret in text] == []


def test_the_control_node_asks_the_agents_itself(hosts: Fleet) -> None:
    """Also those behind TLS, by what the roles have left beside the inventory."""
    argv = [str(PROJECT / ".venv/bin/plancton"), "fleet", "--inventory", str(hosts.place.inventory), "--json"]
    rows = json.loads(must(run(argv)).stdout)["hosts"]
    assert {row["host"] for row in rows if row["state"] == "down"} == {"off"}, rows
    assert {row["host"] for row in rows} == set(ALL)


def test_all_of_it_can_be_removed_and_somebodys_container_stays(hosts: Fleet, others: Stranger) -> None:
    must(rollout.play(hosts.place, playbook="remove.yml"))
    for host in hosts.hosts.values():
        assert traces.by_name(host, "") == [], host.name
    assert stranger.look(hosts.hosts["shared"]) == others
    left = hosts.hosts["nocpu"]
    must(left.run("test", "-d", "/var/lib/docker/image"))
    assert left.run("pgrep", "--exact", "dockerd").stdout == ""
