"""Entries of a history, by number."""

from __future__ import annotations

from plancton.history import Entry


def entry(number: int, held: float = 0.0) -> Entry:
    """One that began at that second."""
    return Entry(float(number), number + held, f"deed {number}", "cpu", 7, 6, 1, acted=False)


def some(count: int) -> list[Entry]:
    """From 1 on."""
    return [entry(number) for number in range(1, count + 1)]
