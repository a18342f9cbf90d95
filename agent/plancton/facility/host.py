"""One donated host on a page of all: what its metrics say, and the worst about it in one word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from plancton.facility.prometheus import Sample

# As the alert PlanctonHostSaturated has it.
IDLE_SHARE, IMPACT_SHARE = 0.05, 0.1
# Pilots in these states may use CPU.
ACTIVE = ("starting", "running", "stopping", "releasing")
PREFIX = "plancton_"


class State(IntEnum):
    """The worst that is known of a host; the worst of all comes first."""

    DOWN = 0
    SATURATED = 1
    ENGINE_DOWN = 2
    BLIND = 3
    NO_WEIGHT = 4
    OLD_CONFIG = 5
    PAUSED = 6
    DRAINED = 7
    OK = 8

    @property
    def word(self) -> str:
        """As it is shown."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True)
class Rates:
    """Cores in use by each, and the part of the time in which the owner missed what pilots had."""

    owner_cores: float | None = None
    pilot_cores: float | None = None
    idle_cores: float | None = None
    impact_share: float | None = None


@dataclass(frozen=True)
class Host:
    """What is not known is None. `because`: why it is down."""

    name: str
    site: str
    state: State
    mode: str = ""
    limit: str = ""
    version: str = ""
    cores: float | None = None
    rates: Rates = field(default_factory=Rates)
    running: int = 0
    frozen: int = 0
    target: int | None = None
    because: str = ""


def down(name: str, site: str, because: str = "") -> Host:
    """A host whose agent does not answer."""
    return Host(name, site, State.DOWN, because=because)


def read_host(name: str, site: str, samples: Iterable[Sample], rates: Rates) -> Host:
    """A host that has answered with these samples. Of a set of alternatives that with the value 1 holds."""
    values: dict[str, float] = {}
    pilots: Counter[str] = Counter()
    chosen: dict[str, str] = {}
    for sample in samples:
        short = sample.labels.get("__name__", "").removeprefix(PREFIX)
        if short == "pilots":
            pilots[sample.labels["state"]] += int(sample.value)
        elif short in {"limit", "mode", "intent"} and sample.value == 1:
            chosen[short] = sample.labels[short]
        elif short == "build_info":
            chosen["version"] = sample.labels["version"]
        else:
            values[short] = min(sample.value, values.get(short, sample.value))
    target = values.get("pilots_target")
    return Host(
        name,
        site,
        _state(values, chosen, sum(pilots[state] for state in ACTIVE), rates),
        chosen.get("mode", ""),
        chosen.get("limit", ""),
        chosen.get("version", ""),
        values.get("cpu_cores"),
        rates,
        pilots["running"],
        pilots["frozen"],
        None if target is None else int(target),
    )


def _state(values: dict[str, float], chosen: dict[str, str], active: int, rates: Rates) -> State:
    found = {
        State.SATURATED: _saturated(values, active, rates),
        State.ENGINE_DOWN: values.get("engine_up") == 0,
        State.BLIND: values.get("sensor_up") == 0,
        State.NO_WEIGHT: values.get("pool_weight_lowest") == 0 and chosen.get("mode") != "dry-run",
        State.OLD_CONFIG: values.get("config_last_reload_successful") == 0,
        State.PAUSED: chosen.get("intent") == "pause",
        State.DRAINED: chosen.get("intent") == "drain",
    }
    return next((state for state in sorted(found) if found[state]), State.OK)


def _saturated(values: dict[str, float], active: int, rates: Rates) -> bool:
    if rates.idle_cores is None or not active:
        return False
    too_many = active > values.get("pilots_target", active)
    disturbing = (rates.impact_share or 0.0) > IMPACT_SHARE
    return rates.idle_cores < IDLE_SHARE * values.get("cpu_cores", 0.0) and (too_many or disturbing)
