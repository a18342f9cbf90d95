"""What counts, added up over seconds, and over days."""

from __future__ import annotations

from dataclasses import dataclass, fields

# An owner notices when more than this share of what was asked for is missing; asking for less than
# one core counts as one core, since nobody notices a daemon that is late. 2 % is the slowdown that
# `make bench` allows.
NOTICED_SHARE = 0.02
HOUR, DAY = 3600.0, 86400.0


def noticed(wanted: float, missing: float) -> bool:
    """Whether the owner feels it that so many of the wanted cores are missing."""
    return missing > NOTICED_SHARE * max(wanted, 1.0)


@dataclass
class Score:
    """Sums over simulated time, in core-seconds, seconds and numbers.

    `harvested` is what pilots used, the `lost` of those that were killed included; `possible` is the
    oracle's; `stolen` is what the owner asked for and missed because pilots ran; `impact` are seconds
    in which that was noticed; `actions` are starts, freezes, thaws, stops and kills, but for starts
    that replace a pilot which had ended by itself.
    """

    seconds: float = 0.0
    wanted: float = 0.0
    possible: float = 0.0
    harvested: float = 0.0
    stolen: float = 0.0
    lost: float = 0.0
    impact: float = 0.0
    actions: int = 0

    def add(self, other: Score) -> None:
        """Take another time in."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    @property
    def oracle_share(self) -> float:
        """Harvested of what was possible."""
        return _ratio(self.harvested, self.possible)

    @property
    def stolen_share(self) -> float:
        """Stolen of what the owner asked for."""
        return _ratio(self.stolen, self.wanted)

    @property
    def actions_per_day(self) -> float:
        """The mean of all host-days."""
        return _ratio(self.actions, self.seconds / DAY)

    def told(self, policy: str) -> dict[str, str | float]:
        """As `--json` has it. Totals over all host-days; shares and actions per day are means."""
        return {
            "policy": policy,
            "harvested_core_hours": self.harvested / HOUR,
            "oracle_share": self.oracle_share,
            "stolen_core_hours": self.stolen / HOUR,
            "stolen_share": self.stolen_share,
            "impact_seconds": self.impact,
            "actions_per_day": self.actions_per_day,
            "lost_core_hours": self.lost / HOUR,
        }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
