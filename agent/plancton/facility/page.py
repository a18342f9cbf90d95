"""The first page of a facility: its totals, and its hosts in an order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from plancton.facility.host import Host, State

WORST = "worst"
DECIMALS = 6
Shown = str | float | int | None


@dataclass(frozen=True)
class Column:
    """`value` is what JSON has and what is sorted by; `form` is how a number is shown."""

    name: str
    value: Callable[[Host], Shown]
    form: str = ""

    def known(self, host: Host) -> bool:
        """Whether there is something to show."""
        return self.value(host) not in {None, ""}

    def rank(self, host: Host) -> tuple[float, str]:
        """What is sorted by: words from a to z, numbers from the largest."""
        value = self.value(host)
        return (0.0, value) if isinstance(value, str) else (-(value or 0.0), "")

    def text(self, host: Host) -> str:
        """As a cell of a table."""
        return format(self.value(host), self.form) if self.known(host) else "-"


COLUMNS = {
    column.name: column
    for column in (
        Column("host", lambda h: h.name),
        Column("site", lambda h: h.site),
        Column("state", lambda h: h.state.word),
        Column("limit", lambda h: h.limit),
        Column("cores", lambda h: h.cores, ".0f"),
        Column("owner", lambda h: h.rates.owner_cores, ".1f"),
        Column("pilots", lambda h: h.rates.pilot_cores, ".1f"),
        Column("idle", lambda h: h.rates.idle_cores, ".1f"),
        Column("running", lambda h: h.running, "d"),
        Column("frozen", lambda h: h.frozen, "d"),
        Column("target", lambda h: h.target, "d"),
        Column("impact", lambda h: h.rates.impact_share, ".1%"),
        Column("mode", lambda h: h.mode),
        Column("version", lambda h: h.version),
    )
}
ORDERS = (WORST, *COLUMNS)


@dataclass(frozen=True)
class Totals:
    """Of all hosts that are up. Cores are sums of what is known; `harvest_share`: of what the owners left."""

    hosts: int
    up: int
    cores: float
    owner_cores: float
    pilot_cores: float
    idle_cores: float
    harvest_share: float | None
    running: int
    frozen: int
    target: int


def totals(hosts: Sequence[Host]) -> Totals:
    """Add up."""
    up = [host for host in hosts if host.state is not State.DOWN]
    owner = sum(host.rates.owner_cores or 0.0 for host in up)
    pilots = sum(host.rates.pilot_cores or 0.0 for host in up)
    idle = sum(host.rates.idle_cores or 0.0 for host in up)
    return Totals(
        len(hosts),
        len(up),
        sum(host.cores or 0.0 for host in up),
        owner,
        pilots,
        idle,
        pilots / (pilots + idle) if pilots + idle > 0 else None,
        sum(host.running for host in up),
        sum(host.frozen for host in up),
        sum(host.target or 0 for host in up),
    )


def ordered(hosts: Sequence[Host], order: str, *, reverse: bool = False) -> list[Host]:
    """Words from a to z, numbers from the largest; what is not known comes last. `order`: one of ORDERS."""
    by_name = sorted(hosts, key=lambda h: h.name)
    if order == WORST:
        return sorted(by_name, key=lambda h: (h.state, -(h.rates.impact_share or 0.0)), reverse=reverse)
    column = COLUMNS[order]
    known = [host for host in by_name if column.known(host)]
    unknown = [host for host in by_name if not column.known(host)]
    return [*sorted(known, key=column.rank, reverse=reverse), *unknown]


def as_json(hosts: Sequence[Host]) -> dict[str, Any]:
    """`totals`, and `hosts` as they are ordered."""
    return {
        "totals": {name: _rounded(value) for name, value in vars(totals(hosts)).items()},
        "hosts": [
            {name: _rounded(column.value(host)) for name, column in COLUMNS.items()}
            | {"because": host.because}
            for host in hosts
        ],
    }


def _rounded(value: Shown) -> Shown:
    return round(value, DECIMALS) if isinstance(value, float) else value
