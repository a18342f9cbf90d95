"""Where the panels stand on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana.builder.panel import PAGE, Json, Panel


@dataclass(frozen=True)
class Section:
    """Lines of panels under a heading. `repeat`: the whole of it for each chosen value of a variable."""

    title: str
    lines: Sequence[Sequence[Panel]]
    repeat: str | None = None


def placed(sections: Sequence[Section]) -> list[Json]:
    """The panels of a page, numbered, line below line. Raises ValueError for a line that does not fill it."""
    panels: list[Json] = []
    y = 0
    for section in sections:
        panels.append(_heading(section, len(panels) + 1, y))
        y += 1
        for line in section.lines:
            _fit(line)
            x = 0
            for panel in line:
                panels.append(panel.json(len(panels) + 1, x, y))
                x += panel.width
            y += max(panel.height for panel in line)
    return panels


def _fit(line: Sequence[Panel]) -> None:
    width = sum(panel.width for panel in line)
    if width != PAGE:
        raise ValueError(f"{line[0].title}: its line is {width} wide, a page is {PAGE}")


def _heading(section: Section, number: int, y: int) -> Json:
    heading: Json = {
        "id": number,
        "title": section.title,
        "type": "row",
        "collapsed": False,
        "gridPos": {"x": 0, "y": y, "w": PAGE, "h": 1},
        "panels": [],
    }
    return heading if section.repeat is None else {**heading, "repeat": section.repeat}
