"""The figures of the optional signals, for the gauges: only those that were read for a decision.

When somebody was last at the host is none of them: a series of it would be a record of a person's work.
"""

from __future__ import annotations

from collections.abc import Iterator

from plancton.readings import DiskReading, PressureReading, Signals, TemperatureReading

# The short name of a metric, and its samples by the values of its labels.
Figures = tuple[str, list[tuple[tuple[str, ...], float]]]


def figures(signals: Signals) -> Iterator[Figures]:
    """Families without a reading are left out."""
    disk, heat, pressure = signals.disk, signals.temperature, signals.pressure
    if isinstance(disk, DiskReading):
        yield "disk_free_ratio", [((), disk.free_share)]
    if isinstance(heat, TemperatureReading):
        yield "temperature_celsius", [((), heat.celsius)]
    if isinstance(pressure, PressureReading):
        shares = {"cpu": pressure.cpu, "memory": pressure.memory, "io": pressure.io}
        yield "pressure_ratio", [((name,), share) for name, share in shares.items() if share is not None]
