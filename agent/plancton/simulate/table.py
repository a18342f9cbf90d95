"""The outcome as a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from plancton.simulate.score import DAY, HOUR, Score


@dataclass(frozen=True)
class Column:
    """A figure of a score: its name, and how it is shown."""

    title: str
    figure: Callable[[Score], float]
    form: str

    def shown(self, score: Score) -> str:
        """The figure as text."""
        return self.form.format(self.figure(score))


COLUMNS = (
    Column("harvested core-h", lambda s: s.harvested / HOUR, "{:.1f}"),
    Column("of the oracle's", lambda s: s.oracle_share, "{:.1%}"),
    Column("stolen core-h", lambda s: s.stolen / HOUR, "{:.2f}"),
    Column("stolen", lambda s: s.stolen_share, "{:.2%}"),
    Column("impact s", lambda s: s.impact, "{:.0f}"),
    Column("actions a day", lambda s: s.actions_per_day, "{:.1f}"),
    Column("lost core-h", lambda s: s.lost / HOUR, "{:.2f}"),
)


def table(scores: dict[str, Score]) -> str:
    """One line a policy, as Markdown that is readable as it stands."""
    rows = [["policy", *(column.title for column in COLUMNS)]]
    rows += [[name, *(column.shown(score) for column in COLUMNS)] for name, score in scores.items()]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    rows.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: list[str], widths: list[int]) -> str:
    first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
    return "| " + " | ".join([first.strip().ljust(widths[0]), *rest]) + " |"


def host_days(scores: dict[str, Score]) -> str:
    """How much time was simulated, as a phrase."""
    days = next(iter(scores.values())).seconds / DAY
    return f"{days:.4g} host-day" + ("" if days == 1 else "s")
