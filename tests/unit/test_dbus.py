"""The wire of the system's bus: against recordings of the real one, and against a bad one."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from plancton.sensors import dbus
from plancton.sensors.dbus import Bus, BusError, message
from tests.unit.fake_bus import Answer, FakeBus, properties, reply, value

RECORDED = {
    name: bytes.fromhex(said)
    for name, said in (
        line.split(" ")
        for line in (Path(__file__).parents[1] / "fixtures" / "dbus" / "login1.txt").read_text().splitlines()
        if not line.startswith("#")
    )
}
SERVICE, SESSION = "org.freedesktop.login1", "org.freedesktop.login1.Session"
C1 = "/org/freedesktop/login1/session/c1"
TOLD: dict[str, dict[str, bool | float]] = {"c1": {"IdleHint": True, "IdleSinceHint": 1.5}}


def get(bus: Bus, name: str, path: str = C1) -> bool | int:
    return bus.get(SERVICE, path, SESSION, name)


def test_it_understands_what_the_real_bus_and_logind_say(tmp_path: Path) -> None:
    """A signal comes between a call and its answer; it is nobody's answer."""
    said = iter(RECORDED.values())
    fake = FakeBus(tmp_path / "bus", lambda _serial, _call: next(said), greeting=next(said))
    bus = Bus(fake.path)
    assert get(bus, "IdleHint") is True
    assert get(bus, "IdleSinceHint") == struct.unpack("<Q", RECORDED["IdleSinceHint"][-8:])[0]
    assert get(bus, "LockedHint") is False
    with pytest.raises(BusError, match="Type is of another kind"):
        get(bus, "Type")
    with pytest.raises(BusError, match="is refused"):
        get(bus, "IdleHint", "/org/freedesktop/login1/session/_39")
    assert fake.calls[1] == RECORDED["call"]


def test_a_call_is_what_the_real_bus_has_taken() -> None:
    words = (SESSION, "IdleHint")
    assert message(2, (C1, SERVICE), "org.freedesktop.DBus.Properties", "Get", words) == RECORDED["call"]


def test_values_of_the_other_byte_order_are_understood(tmp_path: Path) -> None:
    def big(serial: int, call: bytes) -> bytes | None:
        if b"Hello" in call:
            return properties({})(serial, call)
        fields = b"\x05\x01u\0" + struct.pack(">I", serial)
        body = b"\x01t\0" + bytes(5) + struct.pack(">Q", 77)
        return struct.pack(">BBBBIII", ord("B"), 2, 0, 1, len(body), 1, len(fields)) + fields + body

    assert get(Bus(FakeBus(tmp_path / "bus", big).path), "IdleSinceHint") == 77


def after_hello(answer: Answer) -> Answer:
    return lambda serial, call: properties({})(serial, call) if b"Hello" in call else answer(serial, call)


@pytest.mark.parametrize(
    "answer",
    [
        lambda _serial, _call: None,
        lambda _serial, _call: b"HTTP/1.1 400 Bad Request\r\n\r\n",
        lambda _serial, _call: struct.pack("<BBBBIII", ord("l"), 2, 0, 1, 2**31, 1, 0),
        lambda _serial, _call: struct.pack("<BBBBIII", ord("l"), 2, 0, 1, 0, 1, 8) + b"\x05\x01u\0\x02\0\0",
        lambda _serial, _call: (
            struct.pack("<BBBBIII", ord("l"), 2, 0, 1, 0, 1, 8) + b"\x01\x01s\0\xff\xff\xff\xff"
        ),
        lambda _serial, _call: (
            struct.pack("<BBBBIII", ord("l"), 2, 0, 1, 0, 1, 8) + b"\x05\xff\xff\xff\xff\xff\xff\xff"
        ),
        lambda serial, _call: reply(serial, b""),
        lambda serial, _call: reply(serial, value(True)[:5]),
        lambda serial, _call: reply(serial, b"\x01s\0\0\x01\0\0\0x\0"),
        lambda serial, _call: reply(serial, b"", kind=3),
    ],
    ids=["silence", "http", "huge", "short", "long text", "long kind", "empty", "cut off", "text", "refused"],
)
def test_a_bus_that_says_something_else_is_an_error_and_nothing_worse(
    tmp_path: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbus, "DEADLINE_SECONDS", 0.2)
    bus = Bus(FakeBus(tmp_path / "bus", after_hello(answer)).path)
    with pytest.raises((BusError, OSError)):
        get(bus, "IdleHint")


@pytest.mark.parametrize("greeting", [b"REJECTED EXTERNAL\r\n", b"", b"\r\n", b"x" * 70_000])
def test_a_bus_that_does_not_greet_is_an_error(
    tmp_path: Path, greeting: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbus, "DEADLINE_SECONDS", 0.2)
    with pytest.raises((BusError, OSError)):
        Bus(FakeBus(tmp_path / "bus", properties({}), greeting).path)


def test_a_bus_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Bus(tmp_path / "bus")
