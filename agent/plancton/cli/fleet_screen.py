"""What `plancton fleet` shows: lines of text made of the hosts, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plancton.cli.screen import Line, Style, cut
from plancton.facility.host import Host, State
from plancton.facility.page import COLUMNS, Totals, ordered, totals
from plancton.spoken import moment, printable

HEAD_LINES = 5
# Below the hosts: the line that tells of those that find no room, and of the keys.
FOOT_LINES = 1
WORDS = ("host", "site", "state", "limit", "mode", "version")
STYLES = {
    State.DOWN: Style.WARNING,
    State.SATURATED: Style.WARNING,
    State.ENGINE_DOWN: Style.WARNING,
    State.BLIND: Style.LEAVING,
    State.NO_WEIGHT: Style.LEAVING,
    State.OLD_CONFIG: Style.LEAVING,
    State.PAUSED: Style.FROZEN,
    State.DRAINED: Style.FROZEN,
}


@dataclass(frozen=True)
class View:
    """How the hosts are ordered, and the number of the page that is shown."""

    order: str
    reverse: bool = False
    page: int = 0


def page_rows(height: int) -> int:
    """How many hosts fit on a screen of so many lines."""
    return max(height - HEAD_LINES - FOOT_LINES, 1)


def screen(hosts: Sequence[Host], view: View, width: int, height: int | None, now: float) -> list[Line]:
    """Lines of at most `width` characters, at most `height` of them; all hosts if that is None."""
    shown = ordered(hosts, view.order, reverse=view.reverse)
    first, rows = 0, len(shown)
    if height is not None:
        rows = page_rows(height)
        first = min(view.page, max(len(shown) - 1, 0) // rows) * rows
    lines = [*_head(totals(hosts), now, width), *_table(shown, first, rows)]
    if height is not None:
        lines.append(Line(_foot(view, first, rows, len(shown))))
    lines = lines if height is None else lines[:height]
    return [Line(cut(printable(line.text), width), line.style) for line in lines]


def _head(total: Totals, now: float, width: int) -> list[Line]:
    clock = moment(now, now)
    title = f"{total.hosts} hosts: {total.up} up, {total.hosts - total.up} down"
    used = f"owners {total.owner_cores:.1f}, pilots {total.pilot_cores:.1f}, idle {total.idle_cores:.1f}"
    harvest = (
        "" if total.harvest_share is None else f"; pilots have {total.harvest_share:.0%} of what owners leave"
    )
    return [
        Line(f"{title:{max(width - len(clock), len(title) + 2)}}{clock}", Style.HEADING),
        Line(f"cores     {used} of {total.cores:.0f}{harvest}"),
        Line(f"pilots    {total.running} running, {total.frozen} frozen; aiming at {total.target}"),
        Line(""),
    ]


def _table(hosts: Sequence[Host], first: int, count: int) -> list[Line]:
    """All hosts decide how wide a column is, so that it does not jump from page to page."""
    names = list(COLUMNS)
    cells = [[COLUMNS[name].text(host) for name in names] for host in hosts]
    widths = [max(len(name), *(len(row[i]) for row in cells), 0) for i, name in enumerate(names)]
    lines = [Line(_row([name.upper() for name in names], widths), Style.HEADING)]
    for host, row in list(zip(hosts, cells, strict=True))[first : first + count]:
        text = _row(row, widths)
        if host.state is State.DOWN:
            text = f"{_row(row[:3], widths)}  {host.because}"
        lines.append(Line(text, STYLES.get(host.state, Style.PLAIN)))
    return lines


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(
        f"{cell:{width}}" if name in WORDS else f"{cell:>{width}}"
        for name, cell, width in zip(COLUMNS, cells, widths, strict=False)
    )


def _foot(view: View, first: int, rows: int, count: int) -> str:
    last = min(first + rows, count)
    order = f"{view.order}{', reversed' if view.reverse else ''}"
    shown = f"{first + 1 if count else 0} to {last} of {count} by {order}"
    return f"{shown}   space, b: page   s: sort   r: reverse   q: end"
