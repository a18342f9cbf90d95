"""The processor's temperature, where the kernel shows it.

Machines show many: of wireless cards, disks, chargers, and some that are made up. Only the processor's
counts. The places are tried from the cheapest on: a package's figure is one register, while each core's
would have to be woken up to tell its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from plancton.readings import Missing, TemperatureReading

PROCESSOR_ZONES = re.compile(r"x86_pkg_temp|.*(cpu|soc|pkg).*", re.IGNORECASE)
PROCESSOR_CHIPS = {"coretemp", "k10temp", "zenpower", "cpu_thermal", "scpi_sensors"}
# The board's own idea of the processor, in want of a better one.
BOARD_ZONE = "acpitz"
# What no running processor has is a sensor that is asleep or broken.
LEAST_CELSIUS, MOST_CELSIUS = -40.0, 150.0
# At most so many places of a kind: a machine with hundreds must not cost hundreds of reads.
MOST_PLACES = 64


def read(root: Path = Path("/sys/class")) -> TemperatureReading | Missing | None:
    """The hottest of the processor's sensors. None where the kernel shows none."""
    failed = False
    for places in (_zones(root, PROCESSOR_ZONES), _chips(root), _zones(root, re.compile(BOARD_ZONE))):
        readings = []
        for name, file in places:
            celsius = _celsius(file)
            failed = failed or celsius is None
            readings += [] if celsius is None else [TemperatureReading(celsius, name)]
        if readings:
            return max(readings, key=lambda reading: reading.celsius)
    return Missing("no sensor of the processor tells its temperature") if failed else None


def _zones(root: Path, wanted: re.Pattern[str]) -> Iterator[tuple[str, Path]]:
    for zone in sorted((root / "thermal").glob("thermal_zone*"))[:MOST_PLACES]:
        name = _text(zone / "type")
        if wanted.fullmatch(name):
            yield name, zone / "temp"


def _chips(root: Path) -> Iterator[tuple[str, Path]]:
    for chip in sorted((root / "hwmon").glob("hwmon*"))[:MOST_PLACES]:
        name = _text(chip / "name")
        if name in PROCESSOR_CHIPS:
            # The first is the package's with all of these drivers.
            yield name, chip / "temp1_input"


def _celsius(file: Path) -> float | None:
    """The kernel tells thousandths."""
    try:
        celsius = int(_text(file)) / 1000.0
    except ValueError:
        return None
    return celsius if LEAST_CELSIUS <= celsius <= MOST_CELSIUS else None


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""
