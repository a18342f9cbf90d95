"""The processor's temperature among all that a machine shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from plancton.readings import Missing, TemperatureReading
from plancton.sensors import temperature
from tests.unit.fake_sys import grow


def zone(number: int, kind: str, temp: str) -> dict[str, str]:
    return {f"thermal/thermal_zone{number}/type": f"{kind}\n", f"thermal/thermal_zone{number}/temp": temp}


def chip(number: int, name: str, temp: str) -> dict[str, str]:
    return {f"hwmon/hwmon{number}/name": f"{name}\n", f"hwmon/hwmon{number}/temp1_input": temp}


WIFI = zone(1, "iwlwifi_1", "99000\n")
DISK = chip(1, "nvme", "98000\n")


@pytest.mark.parametrize(
    ("files", "reading"),
    [
        (
            {**zone(0, "acpitz", "27800\n"), **WIFI, **zone(2, "x86_pkg_temp", "61000\n")},
            (61.0, "x86_pkg_temp"),
        ),
        (
            {**zone(0, "x86_pkg_temp", "61000\n"), **zone(2, "x86_pkg_temp", "70500\n")},
            (70.5, "x86_pkg_temp"),
        ),
        ({**zone(0, "acpitz", "27800\n"), **DISK, **chip(2, "k10temp", "72125\n")}, (72.125, "k10temp")),
        (zone(0, "cpu-thermal", "48000\n"), (48.0, "cpu-thermal")),
        ({**zone(0, "soc_thermal", "48000\n"), **zone(1, "cpu0-thermal", "49000\n")}, (49.0, "cpu0-thermal")),
        ({**zone(0, "acpitz", "44000\n"), **WIFI, **DISK}, (44.0, "acpitz")),
        ({**zone(0, "x86_pkg_temp", ""), **chip(0, "coretemp", "55000\n")}, (55.0, "coretemp")),
        ({**zone(0, "x86_pkg_temp", "-273200\n"), **zone(1, "acpitz", "40000\n")}, (40.0, "acpitz")),
    ],
)
def test_only_the_processors_counts_and_the_hottest_of_them(
    tmp_path: Path, files: dict[str, str], reading: tuple[float, str]
) -> None:
    assert temperature.read(grow(tmp_path, files)) == TemperatureReading(*reading)


@pytest.mark.parametrize("files", [{}, {"thermal/": "", "hwmon/": ""}, {**WIFI, **DISK}])
def test_a_host_that_shows_none_has_none(tmp_path: Path, files: dict[str, str]) -> None:
    assert temperature.read(grow(tmp_path, files)) is None


@pytest.mark.parametrize("temp", ["", "warm\n", "999000\n", "-1000000\n", "\x00"])
def test_sensors_that_all_fail_are_missing(tmp_path: Path, temp: str) -> None:
    files = {**zone(0, "x86_pkg_temp", temp), **chip(0, "coretemp", temp)}
    assert isinstance(temperature.read(grow(tmp_path, files)), Missing)


def test_a_sensor_that_may_not_be_read_is_missing(tmp_path: Path) -> None:
    grow(tmp_path, {"thermal/thermal_zone0/type": "x86_pkg_temp\n", "thermal/thermal_zone0/temp/": ""})
    assert isinstance(temperature.read(tmp_path), Missing)
