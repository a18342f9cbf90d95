"""Figures by site, host and kind; and how much of the time they are about."""

from __future__ import annotations

import pytest

from plancton.facility.accounting import By, Statement, statement, statements
from plancton.facility.counters import Key, Values
from plancton.facility.coverage import Coverage, covered
from plancton.facility.periods import Every, Period
from tests.unit.facility.store import Store

HOUR = 3600.0
DAY = Period(0.0, 24 * HOUR)
VALUES: Values = {
    Key("harvested", "pc01", "lab"): 10 * HOUR,
    Key("useful", "pc01", "lab", "alice"): 4 * HOUR,
    Key("lost", "pc01", "lab", "alice"): 1 * HOUR,
    Key("useful", "pc01", "lab", "local"): 3 * HOUR,
    Key("lost", "pc01", "lab", "local"): 0.0,
    Key("harvested", "pc02", "lab"): 2 * HOUR,
    Key("harvested", "pc03", ""): 6 * HOUR,
    Key("useful", "pc03", "", "alice"): 5 * HOUR,
    Key("lost", "pc03", "", "alice"): 0.0,
}
COVERAGE = Coverage(
    24 * HOUR, 24 * HOUR, {("pc01", "lab"): 24 * HOUR, ("pc02", "lab"): 12 * HOUR, ("pc03", ""): 6 * HOUR}
)

Row = tuple[float | None, float, float, int, float]


def rows(*by: By) -> dict[tuple[str, ...], Row]:
    found = statement(DAY, VALUES, COVERAGE, by)
    return {r.of: (r.harvested, r.useful, r.lost, r.hosts, r.data_share) for r in found.rows}


def test_by_site() -> None:
    assert rows(By.SITE) == {("lab",): (12, 7, 1, 2, 0.75), ("",): (6, 5, 0, 1, 0.25)}


def test_by_host() -> None:
    assert rows(By.HOST)[("pc02",)] == (2, 0, 0, 1, 0.5)


def test_by_kind_what_was_harvested_is_not_known() -> None:
    assert rows(By.KIND) == {("alice",): (None, 9, 1, 2, 0.625), ("local",): (None, 3, 0, 1, 1.0)}


def test_by_pairs_in_the_order_that_was_asked_for() -> None:
    assert set(rows(By.KIND, By.SITE)) == {("alice", "lab"), ("alice", ""), ("local", "lab")}


@pytest.mark.parametrize("by", [(By.SITE,), (By.HOST,), (By.SITE, By.HOST)])
def test_rows_add_up_to_the_total(by: tuple[By, ...]) -> None:
    found = statement(DAY, VALUES, COVERAGE, by)
    assert sum(row.harvested or 0.0 for row in found.rows) == found.total.harvested == 18
    assert sum(row.useful for row in found.rows) == found.total.useful == 12


def test_the_total_is_whole_whatever_is_asked_for() -> None:
    total = statement(DAY, VALUES, COVERAGE, (By.KIND,)).total
    assert (total.harvested, total.hosts) == (18, 3)
    assert total.lost_share == pytest.approx(1 / 13)


def test_without_a_pilot_that_ended_no_part_was_lost() -> None:
    [quiet] = [row for row in statement(DAY, VALUES, COVERAGE, (By.HOST,)).rows if row.of == ("pc02",)]
    assert quiet.lost_share is None


def a_host(store: Store, name: str, minutes: range, speed: float = 60.0) -> None:
    for minute in minutes:
        store.scrape(minute * 60.0 + 1, name, -1.0, harvested=(minute + 10) * speed, useful=0.0, lost=0.0)


def test_periods_have_their_own_figures(in_berlin: None) -> None:  # noqa: ARG001 - the fixture
    store = Store()
    # Midnight of Berlin is at 23:00 UTC.
    a_host(store, "pc01", range(-5, 48 * 60))
    told: list[float] = []
    found = statements(store, Period(0.0, 47 * HOUR), [By.SITE], Every.DAY, told.append)
    assert [one.period.name for one in found] == ["1970-01-01", "1970-01-02"]
    assert [one.total.harvested for one in found] == [23, 24]
    assert told == [pytest.approx(23 / 47), 1.0]


def test_a_month_is_read_in_days_and_told_in_one() -> None:
    store = Store()
    a_host(store, "pc01", range(-5, 3 * 24 * 60))
    [found] = statements(store, Period(0.0, 60 * HOUR), [By.SITE], None)
    assert found.total.harvested == 60
    assert found.total.data_share == pytest.approx(1.0, abs=0.01)
    assert not any(f"[{int(60 * HOUR * 1000)}ms" in query for query in store.asked)


def nothing(at: Period) -> Statement:
    [found] = statements(Store(), at, [By.SITE], None)
    return found


def test_no_data_is_an_empty_statement() -> None:
    found = nothing(DAY)
    assert (found.rows, found.total.hosts, found.total.data_share, found.any_host_share) == ((), 0, 0.0, 0.0)


def test_coverage_of_hosts_and_of_any_host() -> None:
    store = Store()
    a_host(store, "pc01", range(60))
    a_host(store, "pc02", range(30))
    found = covered(store, Period(0.0, 2 * HOUR))
    assert found.seconds == 2 * HOUR
    # A sample counts for five minutes where nothing says that its host has gone.
    assert found.by_host == {
        ("pc01", "lab"): pytest.approx(HOUR, abs=360),
        ("pc02", "lab"): pytest.approx(HOUR / 2, abs=360),
    }
    assert found.any_host_seconds == pytest.approx(HOUR, abs=360)


def test_coverage_is_never_more_than_the_time() -> None:
    store = Store()
    a_host(store, "pc01", range(-30, 60))
    assert covered(store, Period(0.0, 60.0)).by_host == {("pc01", "lab"): 60.0}
