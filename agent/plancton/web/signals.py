"""The optional signals as JSON. Nothing in it tells when a person was at the host."""

from __future__ import annotations

from typing import Any

from plancton.readings import (
    ApplicationsReading,
    DiskReading,
    Missing,
    PowerReading,
    PressureReading,
    Signals,
    TemperatureReading,
)


def signals(shown: Signals) -> dict[str, Any]:
    """What a decision could use, by sensor; a reading that failed has its reason. Shares are 0 to 1."""
    readings = {
        "applications": shown.applications,
        "power": shown.power,
        "temperature": shown.temperature,
        "pressure": shown.pressure,
        "disk": shown.disk,
    }
    found = {name: _plain(reading) for name, reading in readings.items() if reading is not None}
    if isinstance(shown.presence, Missing):
        found["presence"] = _plain(shown.presence)
    return found


def _plain(reading: object) -> dict[str, Any]:
    match reading:
        case Missing(why):
            return {"missing": why}
        case ApplicationsReading(running):
            return {"running": list(running)}
        case PowerReading(on_battery, charge):
            return {"on_battery": on_battery, "charge_share": charge}
        case TemperatureReading(celsius, name):
            return {"celsius": celsius, "sensor": name}
        case PressureReading(cpu, memory, io):
            return {"cpu_share": cpu, "memory_share": memory, "io_share": io}
        case DiskReading(path, total, free, inodes):
            sizes = {"path": path, "total_bytes": total, "free_bytes": free}
            return {**sizes, "free_inodes_share": round(inodes, 4)}
        case _:
            raise TypeError(f"{reading!r} is no reading")
