"""The desk's view of the pilots' network: nothing starts in it until it is there and guarded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from plancton.config.load import parse
from plancton.engine.networks import CHECK_SECONDS, Wanted, wanted_of
from plancton.network.report import forget, write
from plancton.network.rules import Guard
from tests.unit.office import Office, until


def wanted(tmp_path: Path, more: str = "") -> Wanted:
    return wanted_of(
        parse(f"{{pilot: {{network: own}}, paths: {{run_directory: {tmp_path}/run}}{more}}}", "f")
    )


def looked(office: Office, asked: Wanted) -> str | None:
    """What stands against the kind after the next look."""
    office.clock.now += CHECK_SECONDS
    office.desk.networks.look(asked)
    until(lambda: office.desk.outcomes() == [] and not office.desk.networks._busy)  # noqa: SLF001
    missing = office.desk.networks.look(asked).get("default")
    return None if missing is None else missing.why


def guard_of(asked: Wanted) -> Guard:
    assert asked.guard is not None
    return asked.guard


def test_until_somebody_has_looked_nothing_is_started(tmp_path: Path) -> None:
    office, asked = Office(), wanted(tmp_path)
    assert office.desk.networks.look(asked)["default"].why == "the pilots' network is being looked at"
    assert office.desk.networks.guarded is None


def test_it_is_made_and_serves_while_it_is_guarded(tmp_path: Path) -> None:
    office, asked = Office(), wanted(tmp_path)
    assert "nobody guards it" in (looked(office, asked) or "")
    assert office.desk.networks.guarded is False
    assert office.engine.networks == {"plancton-pilots": asked.bridge}
    write(asked.report, guard_of(asked), None)
    assert looked(office, asked) is None
    assert office.desk.networks.guarded is True
    forget(asked.report)
    assert "nobody guards it" in (looked(office, asked) or "")


def test_a_deleted_one_is_made_anew(tmp_path: Path) -> None:
    office, asked = Office(), wanted(tmp_path)
    looked(office, asked)
    office.engine.networks.clear()
    looked(office, asked)
    assert list(office.engine.networks) == ["plancton-pilots"]


def test_an_engine_that_cannot_make_it_is_told(tmp_path: Path) -> None:
    office, asked = Office(), wanted(tmp_path)
    write(asked.report, guard_of(asked), None)
    office.engine.broken = "no addresses are left"
    assert looked(office, asked) == "no addresses are left"
    assert office.desk.networks.guarded is True
    office.engine.broken = None
    assert looked(office, asked) is None


def test_another_configuration_is_looked_at_before_anything_starts(tmp_path: Path) -> None:
    office, asked = Office(), wanted(tmp_path)
    write(asked.report, guard_of(asked), None)
    assert looked(office, asked) is None
    other = wanted(tmp_path, ", network: {internet: false}")
    assert office.desk.networks.look(other)["default"].why == "the pilots' network is being looked at"
    assert "another configuration" in (looked(office, other) or "")


def test_without_a_guard_only_where_that_is_asked_for(tmp_path: Path) -> None:
    office, asked = Office(), wanted(tmp_path, ", network: {guard: false}")
    assert looked(office, asked) is None
    assert office.desk.networks.guarded is False


def test_a_dry_run_makes_nothing(tmp_path: Path) -> None:
    office, asked = Office(), wanted(tmp_path, ", mode: dry-run")
    looked(office, asked)
    assert office.engine.networks == {}


def test_where_no_kind_is_in_it_nobody_looks(tmp_path: Path) -> None:
    office, asked = Office(), replace(wanted(tmp_path), kinds=())
    assert office.desk.networks.look(asked) == {}
    assert not office.desk.networks._busy  # noqa: SLF001
    assert office.desk.networks.guarded is None
