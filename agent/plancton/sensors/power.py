"""Whether the host runs on its battery, as the kernel shows its power supplies."""

from __future__ import annotations

import errno
from pathlib import Path

from plancton.readings import Missing, PowerReading

MAINS = {"Mains", "USB", "Wireless"}
# A driver that shows a field and has no value for it at the moment; a battery that was just taken out.
UNTOLD = {errno.ENODATA, errno.ENODEV, errno.ENXIO, errno.EAGAIN}


def read(root: Path = Path("/sys/class/power_supply")) -> PowerReading | Missing | None:
    """None on a host without a battery of its own; those of mice and headsets do not count."""
    try:
        supplies = sorted(root.iterdir())
    except FileNotFoundError:
        return None
    except OSError as error:
        return Missing(f"{root} cannot be read: {error.strerror}")
    try:
        return _from(supplies)
    except OSError as error:
        return Missing(f"a power supply cannot be read: {error}")


def _from(supplies: list[Path]) -> PowerReading | None:
    mains, draining, charges = False, False, []
    batteries = 0
    for supply in supplies:
        kind = _field(supply, "type")
        if kind in MAINS:
            mains = mains or _field(supply, "online") == "1"
        elif kind == "Battery" and _field(supply, "scope") != "Device" and _field(supply, "present") != "0":
            batteries += 1
            draining = draining or _field(supply, "status") == "Discharging"
            charge = _field(supply, "capacity")
            # It is for the sentence only: no reason to fail.
            charges += [int(charge) / 100.0] if charge.isdecimal() else []
    if not batteries:
        return None
    # With a weak charger a battery may drain on mains. That is the owner's affair.
    lowest = min(max(min(charges), 0.0), 1.0) if charges else None
    return PowerReading(draining and not mains, lowest)


def _field(supply: Path, name: str) -> str:
    """Its value, empty where there is none: drivers differ in what they show. Raises OSError."""
    try:
        return (supply / name).read_text(errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        if error.errno in UNTOLD:
            return ""
        raise
