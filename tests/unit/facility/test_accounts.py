"""A report as a table, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import datetime

import pytest

from plancton.cli.accounts import as_csv, as_json, as_tables
from plancton.facility.accounting import Account, By, Statement
from plancton.facility.periods import Period

START = datetime.fromisoformat("2026-02-01").timestamp()
WEEK = Period(START, START + 7 * 86400.0)
LAB = Account(("lab",), 1234.5, 1000.0, 50.0, 3, 0.98)
OFFICE = Account(("",), 10.25, 0.0, 0.0, 1, 0.5)
TOTAL = Account((), 1244.75, 1000.0, 50.0, 4, 0.86)
FOUND = [Statement(WEEK, (OFFICE, LAB), TOTAL, 1.0)]
BY = (By.SITE,)


def rows(table: str) -> list[list[str]]:
    """The cells of the lines between the first two empty ones."""
    return [line.split() for line in table.split("\n\n")[1].splitlines()]


def test_table() -> None:
    assert rows(as_tables(FOUND, BY)) == [
        ["SITE", "HARVESTED", "USEFUL", "LOST", "LOST", "%", "HOSTS", "DATA"],
        ["-", "10.2", "0.0", "0.0", "-", "1", "50.0%"],
        ["lab", "1,234.5", "1,000.0", "50.0", "4.8%", "3", "98.0%"],
        ["total", "1,244.8", "1,000.0", "50.0", "4.8%", "4", "86.0%"],
    ]


def test_small_figures_have_more_digits() -> None:
    small = Account(("lab",), 0.0123, 0.01, 0.0, 1, 1.0)
    found = [Statement(WEEK, (small,), replace(small, of=()), 1.0)]
    assert rows(as_tables(found, BY))[1][1:3] == ["0.0123", "0.0100"]


def test_columns_stand_below_each_other() -> None:
    lines = as_tables(FOUND, BY).split("\n\n")[1].splitlines()
    assert len({len(line) for line in lines}) == 1


def test_csv_has_a_line_for_each_row() -> None:
    found = list(csv.DictReader(io.StringIO(as_csv(FOUND, BY))))
    assert [row["site"] for row in found] == ["", "lab"]
    assert (found[1]["harvested_core_hours"], found[1]["lost_share"]) == ("1234.5", "0.047619")
    assert found[0]["lost_share"] == ""
    assert datetime.fromisoformat(found[0]["from"]).timestamp() == START


def test_csv_without_rows_has_its_columns() -> None:
    assert as_csv([replace(FOUND[0], rows=())], (By.HOST, By.KIND)) == (
        "from,to,host,kind,harvested_core_hours,useful_core_hours,lost_core_hours,lost_share,hosts,data_share"
    )


def test_json_has_rows_and_total() -> None:
    found = json.loads(as_json(FOUND, BY))
    [period] = found["periods"]
    assert found["by"] == ["site"]
    assert period["rows"][1] == {
        "site": "lab",
        "harvested_core_hours": 1234.5,
        "useful_core_hours": 1000.0,
        "lost_core_hours": 50.0,
        "lost_share": 0.047619,
        "hosts": 3,
        "data_share": 0.98,
    }
    assert period["total"]["harvested_core_hours"] == 1244.75
    assert datetime.fromisoformat(period["to"]).timestamp() == WEEK.end


def test_of_a_kind_nothing_is_known_to_be_harvested() -> None:
    kind = Account(("alice",), None, 9.0, 1.0, 2, 1.0)
    found = [Statement(WEEK, (kind,), TOTAL, 1.0)]
    assert rows(as_tables(found, (By.KIND,)))[1][1] == "-"
    assert "HARVESTED is not known by kind." in as_tables(found, (By.KIND,))
    assert json.loads(as_json(found, (By.KIND,)))["periods"][0]["rows"][0]["harvested_core_hours"] is None


def test_periods_have_a_column_and_no_total() -> None:
    days = [replace(FOUND[0], period=replace(WEEK, name=f"2026-02-0{day}")) for day in (1, 2)]
    table = rows(as_tables(days, BY))
    assert table[0][0] == "PERIOD"
    assert [row[:2] for row in table[1:]] == [
        ["2026-02-01", "-"],
        ["2026-02-01", "lab"],
        ["2026-02-02", "-"],
        ["2026-02-02", "lab"],
    ]


@pytest.mark.parametrize(("share", "told"), [(1.0, False), (0.75, True)])
def test_a_footnote_tells_of_time_without_any_data(share: float, told: bool) -> None:  # noqa: FBT001
    table = as_tables([replace(FOUND[0], any_host_share=share)], BY)
    assert ("For 25.0% of the time there is nothing of any host" in table) is told
