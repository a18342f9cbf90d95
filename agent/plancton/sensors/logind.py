"""Who is signed in, as systemd-logind (or elogind) tells, and since when they have been away.

Sessions are read from logind's files, which costs no call. Its idle hints are not in them: those are
asked for on the system's bus, and only of sessions of which nothing else tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from plancton.sensors.dbus import Bus, BusError

SERVICE = "org.freedesktop.login1"
SESSION = f"{SERVICE}.Session"
GRAPHICAL = {"x11", "wayland", "mir"}


@dataclass(frozen=True)
class Session:
    """One that a person may be in. `terminal` is a name below /dev, empty for none."""

    id: str
    graphical: bool
    foreground: bool
    terminal: str


@dataclass(frozen=True)
class Hint:
    """What a desktop says: whether nobody uses it, since when (Unix time), whether it is locked."""

    idle: bool
    since: float
    locked: bool


def sessions(directory: Path) -> list[Session]:
    """All that are open, without login screens and services. Raises OSError where there is no logind."""
    found = []
    for file in sorted(directory.iterdir()):
        # Beside each there may be a pipe of the same name with an ending.
        if "." in file.name:
            continue
        try:
            lines = file.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            continue  # it has just ended
        fields = dict(line.partition("=")[::2] for line in lines)
        if fields.get("STATE") == "closing" or not fields.get("CLASS", "user").startswith("user"):
            continue
        found.append(
            Session(
                id=file.name,
                graphical=fields.get("TYPE") in GRAPHICAL,
                # Without a seat there is no other session that could be in front of it.
                foreground=fields.get("ACTIVE") == "1" or not fields.get("SEAT"),
                terminal=fields.get("TTY", ""),
            )
        )
    return found


class Hints:
    """The idle hints. Keeps its connection: each new one would wake up whoever watches the bus."""

    def __init__(self, bus: Path) -> None:
        self._path = bus
        self._bus: Bus | None = None

    def of(self, session: Session) -> Hint:
        """Raises BusError, OSError."""
        try:
            if self._bus is None:
                self._bus = Bus(self._path)
            return self._ask(self._bus, f"/org/freedesktop/login1/session/{_escaped(session.id)}")
        except (BusError, OSError):
            if self._bus is not None:
                self._bus.close()
            self._bus = None
            raise

    def _ask(self, bus: Bus, path: str) -> Hint:
        idle, since, locked = (
            bus.get(SERVICE, path, SESSION, name) for name in ("IdleHint", "IdleSinceHint", "LockedHint")
        )
        return Hint(bool(idle), since / 1e6, bool(locked))


def _escaped(session: str) -> str:
    """As logind names its objects: what is no letter, and a digit at the beginning, as _ and its code."""
    return re.sub(r"^[0-9]|[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):02x}", session)
