"""The mapping `kinds`: several kinds of pilots on one host, each with what sets it apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plancton.config.values import Kind, Unfit, shown, unknown

# Each kind costs time in every tick and some eighty series in every scrape.
MOST_KINDS = 16
CALLED = "a mapping, each from a kind's name to its keys"


@dataclass(frozen=True)
class KindOptions:
    """One kind: its share, and the keys that are `given` for it in the place of the host's own."""

    name: str
    share: float
    given: tuple[tuple[str, Any], ...] = ()


def kinds(name: Kind, keys: Mapping[str, Kind]) -> Kind:
    """Kinds by their names, in the order of the file. `keys` are all that one may have, with `share`."""

    def read(raw: Any) -> tuple[KindOptions, ...]:
        if raw is not None and not isinstance(raw, dict):
            raise Unfit(f"must be {CALLED}, not {shown(raw)}")
        if raw and len(raw) > MOST_KINDS:
            raise Unfit(f"has {len(raw)} entries, and at most {MOST_KINDS} are possible")
        return tuple(_one(name, keys, called, value) for called, value in (raw or {}).items())

    def write(options: tuple[KindOptions, ...]) -> dict[str, Any]:
        return {
            one.name: {"share": one.share, **{key: keys[key].write(value) for key, value in one.given}}
            for one in options
        }

    return Kind(read, CALLED, write)


def _one(name: Kind, keys: Mapping[str, Kind], called: Any, raw: Any) -> KindOptions:
    path = (str(called),)
    try:
        name.read(called)
    except Unfit as unfit:
        raise Unfit(f"is not the name of a kind: it {unfit}", path) from None
    if raw is not None and not isinstance(raw, dict):
        raise Unfit(f"must be a mapping of keys to values, not {shown(raw)}", path)
    values = {}
    for key, value in (raw or {}).items():
        if key not in keys:
            raise unknown(key, keys, path)
        try:
            values[key] = keys[key].read(value)
        except Unfit as unfit:
            raise Unfit(str(unfit), (*path, key)) from None
    return KindOptions(called, values.pop("share", 1.0), tuple(values.items()))
