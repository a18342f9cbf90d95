"""What can be chosen at the top of a page."""

from __future__ import annotations

from typing import Any

DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}

# All values of a variable, as a pattern. Every series has a job and an instance. A host of an inventory that
# names no sites has no label `site`: a pattern that wants one would hide it.
SOME = ".+"
ANY = ".*"


def data_source() -> dict[str, Any]:
    """Which Prometheus."""
    return {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "refresh": 1,
        "regex": "",
        "options": [],
        "current": {},
        "skipUrlSync": False,
    }


def label_values(
    name: str, of: str, about: str, *, pattern: str = SOME, all_of_them: bool = True
) -> dict[str, Any]:
    """A choice among the values of a label of the series `of`; read anew when the time range changes."""
    query = f"label_values({of}, {name})"
    return {
        "name": name,
        "label": name.title(),
        "description": about,
        "type": "query",
        "datasource": DATA_SOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "multi": True,
        "includeAll": all_of_them,
        "allValue": pattern,
        "refresh": 2,
        "sort": 1,
        "hide": 0,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]} if all_of_them else {},
        "options": [],
        "regex": "",
        "skipUrlSync": False,
    }
