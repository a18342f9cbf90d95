"""`plancton run`: the checks that must hold before anything is touched, then the loop."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from socketserver import BaseServer
from typing import IO, TYPE_CHECKING

from plancton import __version__, cgroup
from plancton.config.access import exposure
from plancton.config.one_kind import kinds_of
from plancton.config.policy_of import policy_of
from plancton.config.schema import Config
from plancton.config.source import ConfigSource
from plancton.engine.base import Engine, EngineError
from plancton.engine.desk import Desk
from plancton.engine.make import make_engine
from plancton.history import History
from plancton.history_file import HistoryFile
from plancton.history_file import path_in as history_in
from plancton.intent import IntentSensor, path_in
from plancton.loop import Loop, reload_now, stop
from plancton.metrics.collector import AgentCollector, registry_of
from plancton.metrics.totals import Totals
from plancton.scribe import Scribe
from plancton.watchdog import notify
from plancton.web.app import App
from plancton.web.door import Door
from plancton.web.server import close, listen_tcp, listen_unix

if TYPE_CHECKING:
    from plancton.web.tls import Tls

log = logging.getLogger(__name__)

# The loop is dead when it has missed this many intervals; a slow tick is late, not dead.
MISSED_INTERVALS = 10


class CannotRun(Exception):
    """The agent cannot start. The message is one sentence that names the file and the key."""


@dataclass(frozen=True)
class Options:
    """The command line of `plancton run`."""

    config_path: Path | None
    keep_trying: bool = False
    fake: bool = False
    listen_address: str | None = None


def run(options: Options) -> None:
    """Run until SIGTERM or SIGINT. Raises CannotRun, ConfigError before anything is touched."""
    source = ConfigSource(options.config_path)
    config = source.config
    place = str(options.config_path or "the defaults")
    engine = make_engine(config, fake=options.fake)
    if not options.keep_trying:
        check_engine(engine, config, place)
    lock = lock_or_refuse(config, place)
    loop = build(source, engine)
    app = app_of(loop, config, place)
    address = options.listen_address or config.web.listen_address
    tls = tls_of(config, place)
    if tls is not None:
        loop.collector.certificate = tls.certificate
    door = Door(lambda: dict(source.config.web.basic_auth_users))
    servers = listen(app, config, address, place, door=door, tls=tls)
    if (exposed := exposure(config.web, address)) is not None:
        log.warning("%s; see docs/security.md", exposed)
    signal.signal(signal.SIGTERM, lambda *_: stop(loop))
    signal.signal(signal.SIGINT, lambda *_: stop(loop))
    signal.signal(signal.SIGHUP, lambda *_: reload_now(loop))
    log.info("plancton %s as %s, configuration from %s", __version__, config.name, place)
    scribe = Scribe(loop.history, HistoryFile(history_in(config.paths.state_directory)))
    loop.history.mark(time.time(), f"the agent (plancton {__version__}) started")
    scribe.start()
    loop.run()
    notify("STOPPING=1")
    loop.desk.boost.end()
    loop.software.close()
    loop.demand.close()
    log.info("stopped; running pilots go on")
    loop.history.mark(time.time(), "the agent stopped; running pilots go on")
    scribe.close()
    for server in servers:
        close(server)
    lock.close()


def check_engine(engine: Engine, config: Config, place: str) -> None:
    """Refuse to start without an engine or an image. Raises CannotRun."""
    try:
        engine.facts()
    except EngineError as error:
        raise CannotRun(f"{place}: engine.url: {error}") from None
    for one in kinds_of(config):
        pilot, place_of_image = one.config.pilot, f"{place}: {one.place_of('pilot', 'image')}"
        try:
            present = engine.has_image(pilot.image)
        except EngineError as error:
            raise CannotRun(f"{place_of_image}: {error}") from None
        if not present and pilot.image_refresh_seconds is None:
            refresh = one.place_of("pilot", "image_refresh_seconds")
            raise CannotRun(
                f"{place_of_image}: {pilot.image} is not on this host, "
                f"and {refresh} is null, so it is not pulled"
            )


def lock_or_refuse(config: Config, place: str) -> IO[str]:
    """One agent on a host. The kernel gives the lock back, however the agent ends. Raises CannotRun."""
    directory = Path(config.paths.run_directory)
    try:
        directory.mkdir(mode=0o750, parents=True, exist_ok=True)
        lock = (directory / "agent.lock").open("a+")
    except OSError as error:
        raise CannotRun(
            f"{place}: paths.run_directory: {directory} cannot be used: {error.strerror}"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        pid = lock.read().strip() or "unknown"
        lock.close()
        raise CannotRun(
            f"{place}: paths.run_directory: another agent (process {pid}) works in {directory}"
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def build(source: ConfigSource, engine: Engine) -> Loop:
    """Put the parts together."""
    config = source.config
    totals = Totals(policy_of(config))
    try:
        hierarchy = cgroup.hierarchy_here()
    except (OSError, cgroup.NoHierarchy) as error:
        log.error("%s: the owner's share of the CPU cannot be told, nothing will be started", error)  # noqa: TRY400
        hierarchy = None
    return Loop(
        source=source,
        desk=Desk(engine, config.engine.deadline_seconds, config.engine.resync_seconds),
        intent=IntentSensor(path_in(config.paths.state_directory)),
        totals=totals,
        collector=AgentCollector(totals),
        history=History(),
        hierarchy=hierarchy,
        published=_Announcer(),
    )


class _Announcer:
    """Tells systemd that the agent is ready, then that it lives."""

    def __init__(self) -> None:
        self._message = "READY=1"

    def __call__(self) -> None:
        notify(self._message)
        self._message = "WATCHDOG=1"


def app_of(loop: Loop, config: Config, place: str) -> App:
    """What the web server shows of the loop."""

    def alive() -> bool:
        silent = time.monotonic() - loop.last_tick_at
        return silent < MISSED_INTERVALS * loop.source.config.interval_seconds

    return App(
        registry=registry_of(loop.collector),
        history=loop.history,
        report=lambda: loop.collector.report,
        alive=alive,
        name=config.name,
        config_path=place,
    )


def tls_of(config: Config, place: str) -> Tls | None:
    """The certificate, where one is configured. Raises CannotRun: there is no way back to plain text."""
    if config.web.tls_certificate_file is None:
        return None
    from plancton.web.tls import BadCertificate, Tls  # noqa: PLC0415 - it costs memory

    try:
        return Tls(config.web)
    except BadCertificate as error:
        raise CannotRun(f"{place}: {error}") from None


def listen(
    app: App,
    config: Config,
    listen_address: str,
    place: str,
    *,
    door: Door | None = None,
    tls: Tls | None = None,
) -> list[BaseServer]:
    """Open both sockets; the control socket asks nobody for a certificate. Raises CannotRun."""
    try:
        tcp = listen_tcp(app, listen_address, door, tls)
    except (OSError, OverflowError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise CannotRun(f"{place}: web.listen_address: cannot listen on {listen_address}: {why}") from None
    control = Path(config.paths.run_directory) / "control.sock"
    try:
        return [tcp, listen_unix(app, control)]
    except OSError as error:
        close(tcp)
        raise CannotRun(
            f"{place}: paths.run_directory: cannot listen on {control}: {error.strerror or error}"
        ) from None
