"""The outcome as a picture: one small bar chart a figure, in SVG that needs no library."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from plancton.simulate.oracle import NAME as ORACLE
from plancton.simulate.score import Score
from plancton.simulate.table import COLUMNS, Column

PANELS_A_ROW = 2
PANEL_WIDTH, LABEL_WIDTH, BAR_WIDTH = 460, 130, 230
LABEL_LENGTH, TITLE_LENGTH = 18, 110
TITLE_HEIGHT, ROW_HEIGHT, HEAD_HEIGHT, MARGIN = 30, 22, 34, 12
OURS, THEIRS, LIMIT = "#1f77b4", "#b0b7bf", "#2ca02c"


def picture(scores: dict[str, Score], title: str, ours: set[str]) -> str:
    """A whole SVG file. `ours` are the names of the policies that were given."""
    panel_height = TITLE_HEIGHT + ROW_HEIGHT * len(scores) + MARGIN
    rows = -(-len(COLUMNS) // PANELS_A_ROW)
    width, height = PANELS_A_ROW * PANEL_WIDTH + MARGIN, HEAD_HEIGHT + rows * panel_height
    size = f'width="{width}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        f'<rect {size} fill="white"/>',
        _text(MARGIN, 22, title[:TITLE_LENGTH], 'font-size="15" font-weight="bold"'),
    ]
    for place, column in enumerate(COLUMNS):
        row, at = divmod(place, PANELS_A_ROW)
        lines += _panel(column, scores, ours, MARGIN + at * PANEL_WIDTH, HEAD_HEIGHT + row * panel_height)
    return "\n".join([*lines, "</svg>", ""])


def _panel(column: Column, scores: dict[str, Score], ours: set[str], left: int, top: int) -> Iterator[str]:
    yield _text(left, top + TITLE_HEIGHT - 10, column.title, 'font-weight="bold"')
    most = max(column.figure(score) for score in scores.values()) or 1.0
    for place, (name, score) in enumerate(scores.items()):
        y = top + TITLE_HEIGHT + place * ROW_HEIGHT
        middle = y + ROW_HEIGHT / 2 + 3
        length = BAR_WIDTH * column.figure(score) / most
        colour = OURS if name in ours else LIMIT if name == ORACLE else THEIRS
        yield _text(left, middle, _short(name))
        yield (
            f'<rect x="{left + LABEL_WIDTH}" y="{y + 2}" width="{length:.1f}" '
            f'height="{ROW_HEIGHT - 6}" fill="{colour}"/>'
        )
        yield _text(left + LABEL_WIDTH + length + 5, middle, column.shown(score))


def _short(name: str) -> str:
    """What fits before a bar: of a path its end, which tells most."""
    return name if len(name) <= LABEL_LENGTH else "…" + name[1 - LABEL_LENGTH :]


def _text(x: float, y: float, text: str, style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'
