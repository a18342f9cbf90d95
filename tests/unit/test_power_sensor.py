"""Whether the host runs on its battery, for the machines that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from plancton.readings import Missing, PowerReading
from plancton.sensors import power
from tests.unit.fake_sys import grow


def mains(online: int, name: str = "AC") -> dict[str, str]:
    return {f"{name}/type": "Mains\n", f"{name}/online": f"{online}\n"}


def battery(status: str, name: str = "BAT0", capacity: str = "54\n") -> dict[str, str]:
    return {f"{name}/type": "Battery\n", f"{name}/status": f"{status}\n", f"{name}/capacity": capacity}


MOUSE = {**battery("Discharging", "hid-mouse"), "hid-mouse/scope": "Device\n"}
USB_C = {"ucsi/type": "USB\n", "ucsi/online": "1\n"}


@pytest.mark.parametrize(
    ("files", "reading"),
    [
        ({**mains(0), **battery("Discharging")}, PowerReading(True, 0.54)),
        ({**mains(1), **battery("Charging")}, PowerReading(False, 0.54)),
        ({**mains(1), **battery("Discharging")}, PowerReading(False, 0.54)),  # a charger that is too weak
        ({**mains(0), **USB_C, **battery("Discharging")}, PowerReading(False, 0.54)),
        ({**mains(0), **battery("Unknown")}, PowerReading(False, 0.54)),
        (battery("Discharging"), PowerReading(True, 0.54)),
        ({**battery("Full"), **battery("Discharging", "BAT1", "7\n")}, PowerReading(True, 0.07)),
        ({"BAT0/type": "Battery\n", "BAT0/status": "Discharging\n"}, PowerReading(True, None)),
        (battery("Full", capacity="104\n"), PowerReading(False, 1.0)),
        ({**battery("Discharging"), "BAT0/scope": "System\n"}, PowerReading(True, 0.54)),
    ],
)
def test_a_host_is_on_battery_when_its_battery_drains_without_mains(
    tmp_path: Path, files: dict[str, str], reading: PowerReading
) -> None:
    assert power.read(grow(tmp_path, files)) == reading


@pytest.mark.parametrize(
    "files",
    [
        {},
        mains(1),
        {**mains(1), **MOUSE},
        {**battery("Discharging"), "BAT0/present": "0\n"},
        {"UPS/type": "UPS\n"},
        {"oddity": "a file\n"},
    ],
    ids=["nothing", "mains", "a mouse", "an empty slot", "unknown", "no supply"],
)
def test_a_host_without_a_battery_of_its_own_has_none(tmp_path: Path, files: dict[str, str]) -> None:
    assert power.read(grow(tmp_path, files)) is None


def test_a_kernel_without_power_supplies_has_none(tmp_path: Path) -> None:
    assert power.read(tmp_path / "power_supply") is None


@pytest.mark.parametrize("capacity", ["", "half\n", "\x00", "-3\n", "\u00b2\n"])
def test_a_charge_that_cannot_be_understood_is_untold(tmp_path: Path, capacity: str) -> None:
    assert power.read(grow(tmp_path, battery("Discharging", capacity=capacity))) == PowerReading(True, None)


def test_what_cannot_be_read_is_missing(tmp_path: Path) -> None:
    grow(tmp_path, {"BAT0/type/": ""})
    assert isinstance(power.read(tmp_path), Missing)
    assert isinstance(power.read(grow(tmp_path, {"file": ""}) / "file"), Missing)
