"""Somebody at the host: through a terminal, at a desktop, from afar. And nobody."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from plancton.readings import Missing, PresenceReading
from plancton.sensors.presence import PresenceSensor
from tests.unit.fake_bus import FakeBus, properties
from tests.unit.fake_sys import grow
from tests.unit.makers import WALL

Hints = dict[str, dict[str, bool | float]]
AWAY: dict[str, bool | float] = {"IdleHint": True, "IdleSinceHint": WALL - 500.0, "LockedHint": False}
HERE: dict[str, bool | float] = {"IdleHint": False, "IdleSinceHint": 0.0, "LockedHint": False}
LOCKED: dict[str, bool | float] = {**HERE, "LockedHint": True}


def session(**fields: str) -> str:
    """One of logind's files: an open session of a user at the seat, unless something else is said."""
    usual = {
        "ACTIVE": "1",
        "STATE": "active",
        "REMOTE": "0",
        "TYPE": "wayland",
        "CLASS": "user",
        "SEAT": "seat0",
    }
    lines = [f"{key}={value}" for key, value in {**usual, **fields}.items() if value]
    return "\n".join(["# This is private data. Do not parse.", "USER=ann", *lines, ""])


DESKTOP = session()
SSH = session(TYPE="tty", REMOTE="1", SEAT="", TTY="pts/3")


class Host:
    """A host as the sensor sees it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now = WALL
        self.signed_in: Iterable[str] = ()
        grow(root, {"dev/pts/ptmx": "", "sessions/": ""})
        os.utime(root / "dev/pts/ptmx", (WALL, WALL))
        self.sensor = PresenceSensor(
            root / "dev", root / "sessions", root / "bus", lambda: self.signed_in, lambda: self.now
        )

    def terminal(self, name: str, ago: float) -> None:
        """One that was typed in so many seconds ago, and written to just now."""
        grow(self.root, {f"dev/{name}": ""})
        os.utime(self.root / "dev" / name, (WALL - ago, WALL))

    def sessions(self, hints: Hints, **files: str) -> FakeBus:
        """Sessions by their names, and what logind says of those that it knows."""
        grow(self.root, {f"sessions/{name.strip('_')}": content for name, content in files.items()})
        return FakeBus(self.root / "bus", properties(hints))

    def idle(self) -> float | None:
        found = self.sensor.read()
        assert isinstance(found, PresenceReading), found
        return found.idle_seconds

    def missing(self) -> str:
        found = self.sensor.read()
        assert isinstance(found, Missing), found
        return found.why


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


# --- terminals


def test_nobody_is_where_there_is_neither_terminal_nor_session(host: Host) -> None:
    assert host.idle() is None


def test_the_terminal_that_was_last_typed_in_counts_and_output_does_not(host: Host) -> None:
    host.terminal("pts/0", 4000.0)
    host.terminal("tty1", 70.0)
    host.terminal("pts/12", 300.0)
    assert host.idle() == pytest.approx(70.0)


def test_the_kernel_tells_input_from_output(host: Host) -> None:
    """A terminal of the real kernel, below a name of our own."""
    master, slave = os.openpty()
    (host.root / "dev" / "pts" / "0").symlink_to(os.ttyname(slave))
    host.now = time.time()
    os.utime(os.ttyname(slave), (host.now - 5000.0, host.now - 5000.0))
    os.write(slave, b"hello\n")
    assert host.idle() == pytest.approx(5000.0)
    os.write(master, b"hi\n")
    os.read(slave, 10)
    idle = host.idle()
    assert idle is not None
    assert idle < 60.0
    os.close(master)
    os.close(slave)


def test_other_devices_are_no_terminals(host: Host) -> None:
    for name in ("tty", "ttyS0", "null", "pts/x", "console"):
        host.terminal(name, 1.0)
    assert host.idle() is None


def test_a_time_from_before_the_clock_was_set_back_is_none(host: Host) -> None:
    host.terminal("tty1", -86400.0)
    assert host.idle() is None
    host.terminal("tty2", -3.0)
    assert host.idle() == 0.0


# --- desktops


@pytest.mark.parametrize("kind", ["wayland", "x11"])
def test_a_desktop_in_use_is_somebody(host: Host, kind: str) -> None:
    host.sessions({"_32": HERE}, _2=session(TYPE=kind))
    assert host.idle() == 0.0


def test_a_desktop_that_is_idle_tells_since_when(host: Host) -> None:
    host.sessions({"_32": AWAY}, _2=DESKTOP)
    assert host.idle() == pytest.approx(500.0)


def test_a_locked_desktop_has_been_left_when_it_was_first_seen_locked(host: Host) -> None:
    """Some desktops tell that they are locked and never that they are idle."""
    told: Hints = {"_32": LOCKED}
    host.sessions(told, _2=DESKTOP)
    assert host.idle() == 0.0
    host.now += 60.0
    assert host.idle() == pytest.approx(60.0)
    told["_32"] = HERE
    assert host.idle() == 0.0
    told["_32"] = LOCKED
    host.now += 60.0
    assert host.idle() == 0.0


def test_a_desktop_behind_another_tells_nothing_and_a_remote_one_does(host: Host) -> None:
    """Its hint stays what it was. A remote desktop has no seat, and nothing can be in front of it."""
    host.sessions(
        {"_32": HERE, "c7": AWAY}, _2=session(ACTIVE="0", STATE="online"), c7=session(SEAT="", REMOTE="1")
    )
    assert host.idle() == pytest.approx(500.0)


@pytest.mark.parametrize("fields", [{"CLASS": "greeter"}, {"CLASS": "background"}, {"STATE": "closing"}])
def test_login_screens_and_sessions_that_end_are_nobody(host: Host, fields: dict[str, str]) -> None:
    host.sessions({}, _2=session(**fields))
    assert host.idle() is None


# --- sessions in text


def test_an_ssh_session_is_as_idle_as_its_terminal_and_one_without_is_nobody(host: Host) -> None:
    host.sessions({}, _4=SSH, _5=session(TYPE="tty", REMOTE="1", SEAT="", TTY=""))
    host.terminal("pts/3", 33.0)
    assert host.idle() == pytest.approx(33.0)


def test_a_console_whose_device_is_hidden_is_asked_of_logind(host: Host) -> None:
    """PrivateDevices of the service hides tty1 and shows pts."""
    host.sessions({"_33": AWAY}, _3=session(TYPE="tty", TTY="tty1"))
    assert host.idle() == pytest.approx(500.0)


def test_the_bus_is_left_alone_while_files_tell_all(host: Host) -> None:
    bus = host.sessions({}, _4=SSH)
    host.terminal("pts/3", 33.0)
    host.idle()
    assert bus.connections == 0


# --- what goes wrong


def test_one_connection_serves_for_all_and_is_made_anew_when_it_breaks(host: Host) -> None:
    bus = host.sessions({"_32": AWAY, "c1": AWAY}, _2=DESKTOP, c1=DESKTOP)
    for _ in range(3):
        host.idle()
    assert bus.connections == 1
    bus.close()
    grow(host.root, {"sessions/9": DESKTOP})
    assert "is refused" in host.missing()
    assert "No such file" in host.missing()
    FakeBus(host.root / "bus", properties({"_32": HERE, "c1": AWAY, "_39": AWAY}))
    assert host.idle() == 0.0


def test_a_desktop_that_cannot_be_asked_about_is_missing(host: Host) -> None:
    grow(host.root, {"sessions/2": DESKTOP})
    assert host.missing().startswith("logind cannot be asked: ")


def test_a_session_that_ends_while_it_is_looked_at_is_nobody(host: Host) -> None:
    def ended(serial: int, call: bytes) -> bytes | None:
        (host.root / "sessions" / "2").unlink(missing_ok=True)
        return properties({})(serial, call)

    grow(host.root, {"sessions/2": DESKTOP})
    FakeBus(host.root / "bus", ended)
    assert host.idle() is None


def test_names_of_sessions_are_written_as_logind_does(host: Host) -> None:
    host.sessions({"_32a_2db": HERE}, **{"2a-b": DESKTOP})
    assert host.idle() == 0.0


def test_files_beside_sessions_and_unreadable_content_do_no_harm(host: Host) -> None:
    host.sessions({}, **{"2.ref": DESKTOP})
    (host.root / "sessions" / "7").write_bytes(b"\xff\xfe=\n\n===\nTYPE")
    assert host.idle() is None


def test_a_directory_in_place_of_a_session_is_missing(host: Host) -> None:
    grow(host.root, {"sessions/2/": ""})
    assert "Is a directory" in host.missing()


# --- without logind


def test_without_logind_terminals_tell_and_a_desktop_is_a_reason_to_wait(host: Host) -> None:
    (host.root / "sessions").rmdir()
    host.terminal("pts/1", 20.0)
    host.signed_in = ["tty1", "pts/1"]
    assert host.idle() == pytest.approx(20.0)
    host.signed_in = ["pts/1", ":0"]
    assert host.missing() == "somebody is signed in to a desktop, and there is no logind to say more"


def test_on_this_host_it_reads_something() -> None:
    assert isinstance(PresenceSensor().read(), PresenceReading | Missing)
