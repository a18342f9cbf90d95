"""A report as tables, as CSV and as JSON: the same figures, with the same names."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from plancton.facility.accounting import Account, By, Statement
from plancton.spoken import printable

# Core-hours are written to a few core-milliseconds.
DECIMALS = 6
# Below this much of the time, a footnote says so.
NEARLY_ALL = 0.995
FEW_HOURS = 10.0
# The keys of JSON and the columns of CSV.
FIGURES = (
    "harvested_core_hours",
    "useful_core_hours",
    "lost_core_hours",
    "lost_share",
    "hosts",
    "data_share",
)
Json = dict[str, Any]


def as_json(found: Sequence[Statement], by: Sequence[By]) -> str:
    """One object: `periods` with their `rows` and their `total`."""
    told = [
        {
            **_times(one),
            "any_host_data_share": round(one.any_host_share, DECIMALS),
            "rows": [_figures(row, by) for row in one.rows],
            "total": _figures(one.total, ()),
        }
        for one in found
    ]
    return json.dumps({"by": [one.value for one in by], "periods": told}, indent=2)


def as_csv(found: Sequence[Statement], by: Sequence[By]) -> str:
    """A line for each row of each period; the totals are left to the reader. What is not known is empty."""
    out = io.StringIO()
    names = ["from", "to", *(one.value for one in by), *FIGURES]
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**_times(one), **_figures(row, by)} for one in found for row in one.rows)
    return out.getvalue().rstrip("\n")


def _times(one: Statement) -> Json:
    return {"from": _exact(one.period.start), "to": _exact(one.period.end)}


def _exact(wall: float) -> str:
    return datetime.fromtimestamp(wall).astimezone().isoformat(timespec="seconds")


def _figures(row: Account, by: Sequence[By]) -> Json:
    values = (row.harvested, row.useful, row.lost, row.lost_share, row.hosts, row.data_share)
    return {
        **{one.value: name for one, name in zip(by, row.of, strict=True)},
        **{name: _rounded(value) for name, value in zip(FIGURES, values, strict=True)},
    }


def _rounded(value: float | None) -> float | None:
    return round(value, DECIMALS) if isinstance(value, float) else value


def as_tables(found: Sequence[Statement], by: Sequence[By]) -> str:
    """One table with all periods, and footnotes."""
    named = any(one.period.name for one in found)
    head = [*(["PERIOD"] if named else []), *(one.value.upper() for one in by)]
    keys = len(head)
    head += ["HARVESTED", "USEFUL", "LOST", "LOST %", "HOSTS", "DATA"]
    rows = [_cells(row, one, _digits(found), named=named) for one in found for row in one.rows]
    if len(found) == 1:
        total = _cells(found[0].total, found[0], _digits(found), named=named)
        rows += [["total", *[""] * (keys - 1), *total[1 if named else 0 :]]]
    lines = [f"Core-hours from {_exact(found[0].period.start)} to {_exact(found[-1].period.end)}", ""]
    lines += _aligned([head, *rows], keys)
    return "\n".join([*lines, "", *_footnotes(found, by)])


def _digits(found: Sequence[Statement]) -> int:
    most = max((one.total.useful + one.total.lost + (one.total.harvested or 0) for one in found), default=0.0)
    return 4 if most < FEW_HOURS else 1


def _cells(row: Account, one: Statement, digits: int, *, named: bool) -> list[str]:
    return [
        *([one.period.name] if named else []),
        *(printable(name) or "-" for name in row.of),
        "-" if row.harvested is None else f"{row.harvested:,.{digits}f}",
        f"{row.useful:,.{digits}f}",
        f"{row.lost:,.{digits}f}",
        "-" if row.lost_share is None else f"{row.lost_share:.1%}",
        str(row.hosts),
        f"{row.data_share:.1%}",
    ]


def _aligned(rows: list[list[str]], keys: int) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            f"{cell:{width}}" if column < keys else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _footnotes(found: Sequence[Statement], by: Sequence[By]) -> list[str]:
    seconds = sum(one.period.seconds for one in found)
    seen = sum(one.any_host_share * one.period.seconds for one in found) / seconds
    notes = [
        "USEFUL, LOST: all work of pilots that ended in this time: by themselves, or because they had to.",
        "DATA: of how much of the time there are figures of a host; it was away for the rest, or not asked.",
    ]
    if By.KIND in by:
        notes.append("HARVESTED is not known by kind.")
    else:
        notes.insert(0, "HARVESTED: what pilots used in this time, also those that have not ended.")
    if seen < NEARLY_ALL:
        notes.append(
            f"For {1 - seen:.1%} of the time there is nothing of any host: "
            "Prometheus was away, or keeps nothing so old."
        )
    return notes
