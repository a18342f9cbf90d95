"""The agent's enumerations in words. A value without a word cannot be drawn: a KeyError says which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from grafana.builder import colours
from plancton.core.limits import LimitName
from plancton.core.policy import Mode
from plancton.model import Reason, WishKind

E = TypeVar("E", bound=Enum)


@dataclass(frozen=True)
class Word:
    """What a value is called, and its colour."""

    text: str
    colour: str = colours.PLAIN


LIMITS = {
    LimitName.WISH: Word("owner's wish", colours.OWNERS_WORD),
    LimitName.BLIND: Word("blind", colours.FAULT),
    LimitName.WEIGHT: Word("no low weight", colours.FAULT),
    LimitName.IMAGE: Word("no image", colours.FAULT),
    LimitName.SOFTWARE: Word("no software", colours.FAULT),
    LimitName.NETWORK: Word("network not guarded", colours.FAULT),
    LimitName.BACKOFF: Word("waits after failures", colours.FAULT),
    LimitName.NO_WORK: Word("no work in the queue", "light-blue"),
    LimitName.PACE: Word("very short pilots", "light-blue"),
    LimitName.DEMAND: Word("no more jobs wait", "super-light-blue"),
    LimitName.MAX_PILOTS: Word("most pilots", colours.ROOM),
    LimitName.HOURS: Word("hours", colours.OWNERS_WORD),
    LimitName.PRESENCE: Word("somebody is there", colours.OWNERS_WORD),
    LimitName.APPLICATION: Word("exclusive application", colours.OWNERS_WORD),
    LimitName.BATTERY: Word("battery", colours.PROTECTION),
    LimitName.TEMPERATURE: Word("temperature", colours.PROTECTION),
    LimitName.CPU_PRESSURE: Word("CPU pressure", colours.PROTECTION),
    LimitName.IO_PRESSURE: Word("I/O pressure", colours.PROTECTION),
    LimitName.MEMORY_PRESSURE: Word("memory pressure", colours.PROTECTION),
    LimitName.DISK: Word("disk nearly full", colours.PROTECTION),
    LimitName.MEMORY: Word("memory", "dark-green"),
    LimitName.CPU: Word("CPU", "semi-dark-green"),
    LimitName.CALM: Word("waits for calm", "light-green"),
}

REASONS = {
    Reason.OWNER_CPU: Word("owner's CPU", colours.OWNER),
    Reason.MEMORY: Word("memory", "semi-dark-blue"),
    Reason.POOL_SIZE: Word("smaller pool", "light-green"),
    Reason.PAUSED: Word("paused", colours.OWNERS_WORD),
    Reason.RELEASED: Word("released", "light-purple"),
    Reason.EXPIRED: Word("too old", "green"),
    Reason.DRAINED: Word("drained for too long", "super-light-purple"),
    Reason.HOURS: Word("hours", "semi-dark-purple"),
    Reason.PRESENCE: Word("somebody is there", "dark-purple"),
    Reason.APPLICATION: Word("exclusive application", "super-light-purple"),
    Reason.BATTERY: Word("battery", "light-yellow"),
    Reason.TEMPERATURE: Word("temperature", "dark-yellow"),
    Reason.CPU_PRESSURE: Word("CPU pressure", "yellow"),
    Reason.IO_PRESSURE: Word("I/O pressure", "light-orange"),
    Reason.MEMORY_PRESSURE: Word("memory pressure", "orange"),
    Reason.DISK: Word("disk nearly full", "dark-orange"),
}

MODES = {
    Mode.OPPORTUNISTIC: Word("opportunistic"),
    Mode.DEDICATED: Word("dedicated"),
    Mode.DRY_RUN: Word("dry run", colours.PROTECTION),
}

WISHES = {
    WishKind.RUN: Word("welcome"),
    WishKind.PAUSE: Word("paused", colours.OWNERS_WORD),
    WishKind.DRAIN: Word("draining", colours.OWNERS_WORD),
}

# Values of labels that are no enumeration in the agent, but tuples of its table of metrics.
STATES = {
    "running": Word("running", colours.PILOTS),
    "frozen": Word("frozen", colours.FROZEN),
    "starting": Word("starting", "light-green"),
    "stopping": Word("stopping", colours.ON_THE_WAY),
    "releasing": Word("releasing", colours.ON_THE_WAY),
}

CONSUMERS = {
    "owner": Word("owner", colours.OWNER),
    "pilots": Word("pilots", colours.PILOTS),
    "idle": Word("idle", colours.IDLE),
}

OUTCOMES = {
    "done": Word("done", colours.GOOD),
    "no_work": Word("no work", "light-blue"),
    "denied": Word("refused by the pool", "dark-red"),
    "unreachable": Word("pool out of reach", "semi-dark-red"),
    "failed": Word("failed", colours.BAD),
    "stopped": Word("stopped", colours.OWNER),
    "killed": Word("killed", colours.LOST),
    "out_of_memory": Word("out of memory", colours.OWNERS_WORD),
    "unknown": Word("unknown", colours.PLAIN),
}

FATES = {
    "useful": Word("useful", colours.GOOD),
    "lost": Word("lost", colours.LOST),
}

ACTIONS = {
    "freezes": Word("frozen", colours.FROZEN),
    "stops": Word("asked to end", colours.ON_THE_WAY),
    "kills": Word("killed", colours.LOST),
}

SEVERITIES = {
    "critical": Word("critical", colours.BAD),
    "warning": Word("warning", colours.WARNING),
    "info": Word("info"),
}

UP = {0: Word("down", colours.BAD), 1: Word("up", colours.GOOD)}
READ = {0: Word("fails", colours.BAD), 1: Word("is read", colours.GOOD)}


def codes(words: Mapping[E, Word]) -> dict[str, int]:
    """A number from 1 on for each value of an enumeration: Prometheus has only numbers as values."""
    return {str(value.value): number for number, value in enumerate(_all(words), 1)}


def coded(words: Mapping[E, Word]) -> list[dict[str, Any]]:
    """Value mappings from the numbers of `codes` to words."""
    return mapping((number, words[value]) for number, value in enumerate(_all(words), 1))


def _all(words: Mapping[E, Word]) -> type[E]:
    return type(next(iter(words)))


def by_value(words: Mapping[Any, Word]) -> dict[str, Word]:
    """An enumeration's words by the values that its label has."""
    return {getattr(value, "value", value): word for value, word in words.items()}


def named(words: Mapping[Any, Word]) -> list[dict[str, Any]]:
    """Value mappings from the values themselves, where they come as the text of a label."""
    return mapping(by_value(words).items())


def mapping(pairs: Iterable[tuple[Any, Word]]) -> list[dict[str, Any]]:
    """Grafana's value mappings."""
    options = {
        str(value): {"text": word.text, "color": word.colour, "index": index}
        for index, (value, word) in enumerate(pairs)
    }
    return [{"type": "value", "options": options}]
