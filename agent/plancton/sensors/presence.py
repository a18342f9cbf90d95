"""Whether somebody uses the host: at its keyboard, through a terminal, from afar.

Three witnesses, and the latest counts:

- terminals, by the time of their last input (`atime`): consoles, windows of a desktop, ssh, tmux. A
  session without a terminal (a copy, a batch command) is nobody at a keyboard;
- desktops, X11 and Wayland, here or remote, by logind's idle hint. One that is locked is left; one that
  nobody can see, because another is in front of it, tells nothing;
- text consoles whose device is hidden from the agent's service, by logind again.

Devices of input (/dev/input) would tell more and may be read by root only.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psutil

from plancton.readings import Missing, PresenceReading
from plancton.sensors.dbus import BusError
from plancton.sensors.logind import Hints, Session, sessions

# A terminal used later than now was used before the clock was set back.
LARGEST_CLOCK_ERROR_SECONDS = 60.0


def _signed_in() -> list[str]:
    """The terminals of the users' table (utmp)."""
    return [user.terminal or "" for user in psutil.users()]


class PresenceSensor:
    """Keeps a connection to logind, and when each desktop was first seen locked."""

    def __init__(
        self,
        devices: Path = Path("/dev"),
        logind: Path = Path("/run/systemd/sessions"),
        bus: Path = Path("/run/dbus/system_bus_socket"),
        signed_in: Callable[[], Iterable[str]] = _signed_in,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._devices, self._logind, self._clock = devices, logind, clock
        self._signed_in = signed_in
        self._hints = Hints(bus)
        self._locked: dict[str, float] = {}

    def read(self) -> PresenceReading | Missing:
        """Since when nobody has been there."""
        now = self._clock()
        used = [at for at in _terminals(self._devices) if at <= now + LARGEST_CLOCK_ERROR_SECONDS]
        try:
            there = sessions(self._logind)
        except FileNotFoundError:
            if any(terminal.startswith(":") for terminal in self._signed_in()):
                return Missing("somebody is signed in to a desktop, and there is no logind to say more")
            there = []
        except OSError as error:
            return Missing(f"logind's sessions cannot be read: {error}")
        self._locked = {s.id: self._locked[s.id] for s in there if s.id in self._locked}
        try:
            used += filter(None, [self._used_or_gone(session, now) for session in there])
        except (BusError, OSError) as error:
            return Missing(f"logind cannot be asked: {error}")
        return PresenceReading(max(now - max(used), 0.0) if used else None)

    def _used_or_gone(self, session: Session, now: float) -> float | None:
        try:
            return self._used(session, now)
        except (BusError, OSError):
            if (self._logind / session.id).exists():
                raise
            return None  # it has ended while it was looked at

    def _used(self, session: Session, now: float) -> float | None:
        if not session.graphical:
            hidden = session.terminal and not (self._devices / session.terminal).exists()
            return self._hints.of(session).since if hidden else None
        if not session.foreground:
            return None
        hint = self._hints.of(session)
        if not hint.locked:
            self._locked.pop(session.id, None)
        elif not hint.idle:
            return self._locked.setdefault(session.id, now)
        return hint.since if hint.idle else now


def _terminals(devices: Path) -> Iterator[float]:
    """When each terminal was last typed in, to eight seconds: the kernel does not tell more exactly."""
    for directory, name in ((devices, r"tty\d+"), (devices / "pts", r"\d+")):
        try:
            terminals = [path for path in directory.iterdir() if re.fullmatch(name, path.name)]
        except OSError:
            continue
        for terminal in terminals:
            try:
                yield terminal.stat().st_atime
            except OSError:
                continue  # it has been closed
