"""The committed dashboards: they are what the code writes, whole, and readable on both themes."""

from __future__ import annotations

import itertools
import re

import pytest

from grafana.builder import words
from grafana.builder.__main__ import pages
from grafana.builder.document import text
from grafana.builder.figures import stat
from grafana.builder.layout import Section, placed
from grafana.builder.panel import Query
from plancton.core.limits import LimitName
from plancton.core.policy import Mode
from plancton.metrics import table
from plancton.model import Reason, WishKind
from tests.dashboards import DIRECTORY, PAGES, panels, strings

SHADES = ("", "super-light-", "light-", "semi-dark-", "dark-")
PALETTE = {s + c for s in SHADES for c in ("red", "orange", "yellow", "green", "blue", "purple")} | {"text"}
UNITS = {"none", "s", "percentunit", "celsius", "dateTimeFromNow"}
# What 9.4 to 12 draw alike.
TYPES = {"stat", "gauge", "bargauge", "timeseries", "state-timeline", "table"}
TRANSFORMATIONS = {"merge", "organize"}


def test_what_is_committed_is_what_the_code_writes() -> None:
    written = {name: text(page) for name, page in pages().items()}
    committed = {path.name: path.read_text() for path in DIRECTORY.iterdir()}
    assert committed.keys() == written.keys()
    for name, content in written.items():
        assert committed[name] == content, f"{name} is not what `make dashboards` writes"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_imported_anywhere_and_is_not_edited_there(name: str) -> None:
    page = PAGES[name]
    assert page["uid"] == name
    assert "id" not in page
    assert 36 <= page["schemaVersion"] <= 39
    assert page["editable"] is False
    assert page["tags"] == ["plancton"]
    assert page["description"]
    assert page["time"]["to"] == "now"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_leads_to_the_others(name: str) -> None:
    links = [link["url"] for link in PAGES[name]["links"]]
    assert {re.match(r"/d/([\w-]+)\?", url)[1] for url in links} == PAGES.keys() - {name}  # type: ignore[index]
    assert all("${datasource:queryparam}" in url for url in links)


@pytest.mark.parametrize("name", PAGES)
def test_what_can_be_chosen_follows_the_linter(name: str) -> None:
    chosen = {variable["name"]: variable for variable in PAGES[name]["templating"]["list"]}
    source = chosen.pop("datasource")
    assert (source["type"], source["query"], source["label"]) == ("datasource", "prometheus", "Data source")
    assert {"job", "site", "instance"} <= chosen.keys()
    for variable in chosen.values():
        assert variable["type"] == "query"
        assert variable["label"] == variable["name"].title()
        assert variable["datasource"]["uid"] == "${datasource}"
        assert variable["multi"]
        assert variable["refresh"] == 2
        assert variable["query"]["query"] == variable["definition"]
        # A host of an inventory without sites has no such label, and must not be hidden.
        assert variable["allValue"] == (".*" if variable["name"] == "site" else ".+")


def test_one_host_is_never_all_hosts() -> None:
    (instance,) = (v for v in PAGES["plancton-host"]["templating"]["list"] if v["name"] == "instance")
    assert not instance["includeAll"]
    rows = [panel for panel in PAGES["plancton-host"]["panels"] if panel["type"] == "row"]
    assert [row["repeat"] for row in rows] == ["instance"]


@pytest.mark.parametrize("name", PAGES)
def test_a_panel_says_what_it_shows(name: str) -> None:
    every = panels(PAGES[name])
    for panel in every:
        title, about = panel["title"], panel["description"]
        assert title
        assert len(about) > 20, title
        assert about.endswith("."), title
        assert panel["type"] in TYPES, title
        assert {step["id"] for step in panel["transformations"]} <= TRANSFORMATIONS, title
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, title
    titles = [panel["title"] for panel in every]
    assert len(set(titles)) == len(titles), "two panels of one name"


@pytest.mark.parametrize("name", PAGES)
def test_a_panel_asks_the_chosen_source_and_its_queries_can_be_told_apart(name: str) -> None:
    for panel in panels(PAGES[name]):
        asked, title, is_table = panel["targets"], panel["title"], panel["type"] == "table"
        assert asked, title
        assert len({target["refId"] for target in asked}) == len(asked), title
        for place in (panel, *asked):
            assert place["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, title
        for target in asked:
            assert bool(target["legendFormat"]) is not is_table, title
            assert target["format"] == ("table" if is_table else "time_series"), title
            assert target["instant"] is not target["range"], title


@pytest.mark.parametrize("name", PAGES)
def test_panels_lie_side_by_side(name: str) -> None:
    every = PAGES[name]["panels"]
    assert [panel["id"] for panel in every] == list(range(1, len(every) + 1))
    places = [panel["gridPos"] for panel in every]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for one, other in itertools.combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)


def test_a_line_that_does_not_fill_the_page_is_refused() -> None:
    narrow = stat("One", "One figure.", Query("up", "up"), width=3)
    with pytest.raises(ValueError, match="One: its line is 3 wide, a page is 24"):
        placed([Section("now", [[narrow]])])


@pytest.mark.parametrize("name", PAGES)
def test_colours_are_those_that_each_theme_has_its_own_shade_of(name: str) -> None:
    colours = {value for key, value in strings(PAGES[name]) if key in {"color", "fixedColor"}}
    assert colours
    assert colours <= PALETTE


@pytest.mark.parametrize("name", PAGES)
def test_thresholds_rise(name: str) -> None:
    for panel in panels(PAGES[name]):
        first, *steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        values = [step["value"] for step in steps]
        assert first["value"] is None, panel["title"]
        assert values == sorted(set(values)), panel["title"]


@pytest.mark.parametrize("name", PAGES)
def test_a_table_shows_what_it_asks_for(name: str) -> None:
    for table_ in [panel for panel in panels(PAGES[name]) if panel["type"] == "table"]:
        asked = table_["targets"]
        organize = table_["transformations"][1]["options"]
        shown, hidden = organize["renameByName"], organize["excludeByName"]
        values = {f"Value #{target['refId']}" for target in asked} if len(asked) > 1 else {"Value"}
        assert values <= shown.keys() | hidden.keys()
        assert not shown.keys() & hidden.keys()
        titles = set(shown.values())
        assert {one["matcher"]["options"] for one in table_["fieldConfig"]["overrides"]} == titles
        assert {by["displayName"] for by in table_["options"]["sortBy"]} <= titles


@pytest.mark.parametrize("name", PAGES)
def test_a_link_from_a_figure_leads_to_the_page_of_its_host(name: str) -> None:
    links = [url for key, url in strings(PAGES[name]["panels"]) if key == "url"]
    assert all(re.match(r"/d/plancton-host\?.*&var-instance=\$\{__\w+\.[\w.]+\}", url) for url in links)
    assert links or name != "plancton-fleet"


def test_every_value_that_the_agent_may_tell_has_a_word() -> None:
    assert words.LIMITS.keys() == set(LimitName)
    assert words.REASONS.keys() == set(Reason)
    assert words.MODES.keys() == set(Mode)
    assert words.WISHES.keys() == set(WishKind)
    assert words.STATES.keys() == set(table.STATES)
    assert words.CONSUMERS.keys() == set(table.CONSUMERS)
    assert words.OUTCOMES.keys() == set(table.EXIT_OUTCOMES)
    assert words.FATES.keys() == set(table.FATES)


def test_a_number_stands_for_the_word_of_its_value() -> None:
    numbers = words.codes(words.LIMITS)
    (mapping,) = words.coded(words.LIMITS)
    assert mapping["options"][str(numbers["wish"])]["text"] == "owner's wish"
    assert len(mapping["options"]) == len(numbers) == len(LimitName)
