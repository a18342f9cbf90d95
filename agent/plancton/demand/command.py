"""The options of `plancton demand`, and the service from its start to its end."""

from __future__ import annotations

import argparse
import logging
import shlex
import signal
import sys
import threading
from ipaddress import IPv4Network, IPv6Network, ip_network

from plancton.demand.pool import Pool
from plancton.demand.service import Desk, Server

USUAL_ADDRESS = "127.0.0.1:10017"
LARGEST_PORT = 65535


def add_options(parser: argparse.ArgumentParser) -> None:
    """All of them have defaults that fit the host of a pool."""
    parser.add_argument(
        "--listen", type=_address, default=USUAL_ADDRESS, metavar="HOST:PORT", help="%(default)s"
    )
    parser.add_argument(
        "--allow",
        type=_network,
        action="append",
        default=[],
        metavar="NETWORK",
        help="who may ask, such as 10.1.0.0/16; may be given again. Default: whoever reaches it",
    )
    parser.add_argument(
        "--tools",
        type=shlex.split,
        default=[],
        metavar="COMMAND",
        help="what HTCondor's tools are run by, such as 'docker exec plancton-htcondor-pool'",
    )
    parser.add_argument(
        "--pool", default="", metavar="HOST", help="central manager; else as the tools know it"
    )
    parser.add_argument(
        "--constraint", default="", metavar="EXPR", help="which idle jobs count, as an expression of HTCondor"
    )
    parser.add_argument(
        "--every", type=_seconds, default=5.0, metavar="SECONDS", help="between two looks (5)"
    )


def serve(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT. Exit status 2 if it cannot listen."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    desk = Desk(Pool(tuple(options.tools), options.pool, options.constraint).look, options.every)
    try:
        server = Server(options.listen, desk, tuple(options.allow))
    except OSError as error:
        where = ":".join(map(str, options.listen))
        print(f"plancton: --listen: cannot listen on {where}: {error.strerror or error}", file=sys.stderr)
        return 2
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=server.serve_forever, name="demand", daemon=True).start()
    logging.getLogger(__name__).info("listening on %s port %d", *server.server_address[:2])
    desk.work(ended)
    server.shutdown()
    server.server_close()
    return 0


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or not 0 < int(port[:6]) <= LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"must be such as {USUAL_ADDRESS}, not {text!r}")
    return host.strip("[]"), int(port)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a network such as 10.1.0.0/16, not {text!r}") from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 60:  # noqa: PLR2004 - NaN is not within either
        raise argparse.ArgumentTypeError(f"must be a number from 1 to 60, not {text!r}")
    return seconds
