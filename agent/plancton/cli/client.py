"""Asks the agent on this host, through its control socket."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any

from plancton.config.load import ConfigError, load
from plancton.config.schema import Config

ANSWER_SECONDS = 5.0


class NoAgent(Exception):
    """The agent cannot be asked. The message is one sentence that says what to do."""


class NotRunning(NoAgent):
    """There is no agent at the control socket."""


class NotAllowed(NoAgent):
    """This user may not ask, now or later."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, answer_seconds: float) -> None:
        super().__init__("localhost", timeout=answer_seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def config_for(path: Path | None, *, given: bool) -> Config:
    """The configuration, or the defaults where the usual file may not be read by this user.

    Raises ConfigError.
    """
    if path is None:
        return Config()
    try:
        return load(path)
    except ConfigError as error:
        if given or not isinstance(error.__context__, PermissionError):
            raise
        return Config()


def ask(config: Config, path: str, answer_seconds: float = ANSWER_SECONDS) -> Any:
    """The JSON that the agent answers. Raises NoAgent."""
    control = Path(config.paths.run_directory) / "control.sock"
    connection = _UnixConnection(control, answer_seconds)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        content = response.read()
    except PermissionError:
        raise NotAllowed(
            f"you may not use {control}: ask the administrator to put you into the group plancton"
        ) from None
    except (FileNotFoundError, ConnectionRefusedError):
        raise NotRunning(f"no agent answers at {control}: it is not running") from None
    except (OSError, http.client.HTTPException) as error:
        raise NoAgent(f"the agent at {control} does not answer: {error}") from None
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        raise NoAgent("the agent has only just started; ask again in a second")
    return json.loads(content)
