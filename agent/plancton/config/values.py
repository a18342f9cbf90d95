"""Readers of single values: plain YAML in, checked Python out, one sentence where it does not fit."""

from __future__ import annotations

import difflib
import math
import re
import reprlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

# Beyond any number of seconds, cores or bytes that could be meant.
LARGEST_NUMBER = 10**18
UNITS = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}
SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?) ?([KMGT]iB|B)")
E = TypeVar("E", bound=Enum)


class Unfit(Exception):
    """A value that does not fit; the message continues "KEY must be …".

    `path` leads from that key to the one that is meant, where the value has keys of its own.
    """

    def __init__(self, problem: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(problem)
        self.path = path


def unknown(key: object, known: Iterable[str], path: tuple[str, ...] = ()) -> Unfit:
    """The refusal of a key, with the one that was perhaps meant."""
    near = difflib.get_close_matches(str(key), list(known), n=1)
    return Unfit("is not a known key" + (f"; did you mean {near[0]}?" if near else ""), (*path, str(key)))


def _as_it_is(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True)
class Kind:
    """A kind of value: how it is read, how the reference calls it, and how a file would write it."""

    read: Callable[[Any], Any]
    called: str
    write: Callable[[Any], Any] = _as_it_is


def shown(raw: object) -> str:
    """A value as an error message quotes it: short, however large the value is."""
    short = reprlib.Repr()
    short.maxlevel, short.maxlist, short.maxdict, short.maxstring, short.maxother = 2, 3, 3, 50, 50
    try:
        return short.repr(raw)
    except ValueError:
        return "a number of thousands of digits"


def _refuse(called: str, raw: object) -> Unfit:
    return Unfit(f"must be {called}, not {shown(raw)}")


def number(least: float, most: float = math.inf, *, open_low: bool = False) -> Kind:
    """A number within bounds; `open_low` excludes the lower one."""
    low = f"{'above' if open_low else 'at least'} {least:g}"
    called = f"a number {low}" + ("" if most == math.inf else f" and at most {most:g}")

    def read(raw: Any) -> float:
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise _refuse(called, raw)
        # Compared first, so that neither NaN nor a number beyond all floats gets further.
        if not least <= raw <= min(most, LARGEST_NUMBER) or (open_low and raw == least):
            raise _refuse(called, raw)
        return float(raw)

    return Kind(read, called)


def whole(least: int, most: int | None = None) -> Kind:
    """A whole number within bounds."""
    called = f"a whole number of at least {least}" + ("" if most is None else f" and at most {most}")

    def read(raw: Any) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise _refuse(called, raw)
        if not least <= raw <= (LARGEST_NUMBER if most is None else most):
            raise _refuse(called, raw)
        return raw

    return Kind(read, called)


def size(least: int = 0) -> Kind:
    """A size: bytes, or a number with a binary unit. Read as whole bytes."""
    called = "a size such as 512MiB or 2GiB" + (f" of at least {least} bytes" if least else "")

    def read(raw: Any) -> int:
        if isinstance(raw, int) and not isinstance(raw, bool):
            size_bytes = raw
        else:
            found = (
                re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?) ?([KMGT]iB|B)", raw) if isinstance(raw, str) else None
            )
            if found is None:
                raise _refuse(called, raw)
            size_bytes = int(float(found[1]) * UNITS[found[2]])
        if not least <= size_bytes <= LARGEST_NUMBER:
            raise _refuse(called, raw)
        return size_bytes

    return Kind(read, called, _with_unit)


def _with_unit(size_bytes: int) -> str | int:
    """The size in the largest unit that gives a whole number."""
    units = [(unit, factor) for unit, factor in UNITS.items() if size_bytes % factor == 0]
    unit, factor = units[-1]
    return f"{size_bytes // factor}{unit}" if size_bytes and factor > 1 else size_bytes


def text(pattern: str = r"(?s).+", called: str = "a text") -> Kind:
    """A text that a pattern matches as a whole."""

    def read(raw: Any) -> str:
        if not isinstance(raw, str) or re.fullmatch(pattern, raw) is None:
            raise _refuse(called, raw)
        return raw

    return Kind(read, called)


def flag() -> Kind:
    """True or false."""

    def read(raw: Any) -> bool:
        if not isinstance(raw, bool):
            raise _refuse("true or false", raw)
        return raw

    return Kind(read, "true or false")


def choice(enum: type[E]) -> Kind:
    """One of the values of an enumeration."""
    called = "one of " + ", ".join(str(member.value) for member in enum)

    def read(raw: Any) -> E:
        try:
            return enum(raw)
        except ValueError:
            raise _refuse(called, raw) from None

    return Kind(read, called, lambda member: member.value)


def optional(kind: Kind, meaning: str) -> Kind:
    """A value or null, and what null means."""

    def read(raw: Any) -> Any:
        return None if raw is None else kind.read(raw)

    def write(value: Any) -> Any:
        return None if value is None else kind.write(value)

    return Kind(read, f"{kind.called}, or null: {meaning}", write)


def list_of(kind: Kind) -> Kind:
    """A list; the message names the element that does not fit."""
    called = f"a list, each {kind.called}"

    def read(raw: Any) -> tuple[Any, ...]:
        if not isinstance(raw, list):
            raise _refuse(called, raw)
        read_ones = []
        for position, element in enumerate(raw, start=1):
            try:
                read_ones.append(kind.read(element))
            except Unfit as unfit:
                raise Unfit(f"has an unfit element {position}: it {unfit}") from None
        return tuple(read_ones)

    return Kind(read, called, lambda values: [kind.write(value) for value in values])


def mapping_of(name: Kind, kind: Kind) -> Kind:
    """A mapping from names to values, kept as a sorted tuple of pairs so that it stays frozen."""
    called = f"a mapping, each from {name.called} to {kind.called}"

    def read(raw: Any) -> tuple[tuple[str, Any], ...]:
        if not isinstance(raw, dict):
            raise _refuse(called, raw)
        pairs = []
        for key, value in raw.items():
            try:
                pairs.append((name.read(key), kind.read(value)))
            except Unfit as unfit:
                raise Unfit(f"has an unfit entry {shown(key)}: it {unfit}") from None
        return tuple(sorted(pairs))

    return Kind(read, called, lambda pairs: {key: kind.write(value) for key, value in pairs})
