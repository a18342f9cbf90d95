"""The dashboard around its panels, and the links from one to the others."""

from __future__ import annotations

import json
from collections.abc import Sequence

from grafana.builder.layout import Section, placed
from grafana.builder.panel import Json
from grafana.builder.variables import data_source

# The pages' names by their uid, in the order in which they are read.
PAGES = {"plancton-fleet": "Fleet", "plancton-host": "Host", "plancton-pilots": "Pilots and accounting"}

# What is chosen on one page holds on the next: all but the host, which would empty the tables of hosts.
CARRIED = "${datasource:queryparam}&${job:queryparam}&${site:queryparam}"


def dashboard(
    uid: str,
    description: str,
    variables: Sequence[Json],
    sections: Sequence[Section],
    *,
    since: str,
    refresh: str,
) -> Json:
    """A dashboard in Grafana's classic model; `since` is where the time range begins that it opens with."""
    return {
        "title": f"Plancton / {PAGES[uid]}",
        "uid": uid,
        "description": description,
        "tags": ["plancton"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "browser",
        "time": {"from": since, "to": "now"},
        "refresh": refresh,
        "timepicker": {},
        "annotations": {"list": []},
        "links": [_link(other, name) for other, name in PAGES.items() if other != uid],
        "templating": {"list": [data_source(), *variables]},
        "panels": placed(sections),
    }


def _link(uid: str, name: str) -> Json:
    return {
        "title": name,
        "type": "link",
        "url": f"/d/{uid}?{CARRIED}",
        "icon": "dashboard",
        "tooltip": f"Plancton / {name}",
        "tags": [],
        "asDropdown": False,
        "includeVars": False,
        "keepTime": True,
        "targetBlank": False,
    }


def host_link(instance: str) -> Json:
    """A link to the page of a host, for the time that is shown. `instance` is Grafana's word for its name."""
    url = "/d/plancton-host?${datasource:queryparam}&${job:queryparam}&var-instance=" + instance
    return {"title": "Show this host", "url": url + "&${__url_time_range}", "targetBlank": False}


def text(page: Json) -> str:
    """The file of a dashboard."""
    return json.dumps(page, indent=2, ensure_ascii=False) + "\n"
