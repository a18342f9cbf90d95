"""guard-network: the filter of the pilots' own network, kept by root beside the agent."""

from __future__ import annotations

import argparse
import signal
import sys

from plancton.config.load import load
from plancton.config.schema import Config
from plancton.logs import set_up


def guard_network(options: argparse.Namespace) -> int:
    """`plancton guard-network`: in the foreground until SIGTERM; with --remove once."""
    from plancton.config.source import ConfigSource  # noqa: PLC0415 - only this verb needs them
    from plancton.network.keeper import Keeper  # noqa: PLC0415

    if options.remove:
        return _remove(Config() if options.config is None else load(options.config))
    set_up(options.log_level, "logfmt")
    keeper = Keeper(ConfigSource(options.config))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: keeper.ended.set())
    keeper.run()
    return 0


def _remove(config: Config) -> int:
    from plancton.network.firewall import NoFirewall  # noqa: PLC0415
    from plancton.network.keeper import remove  # noqa: PLC0415

    try:
        found = remove(config)
    except NoFirewall as error:
        print(f"plancton: {error}", file=sys.stderr)
        return 1
    print("the filter is removed" if found else "there was no filter")
    return 0
