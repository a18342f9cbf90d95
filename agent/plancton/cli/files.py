"""check-config, sample-config."""

from __future__ import annotations

import argparse
import os

import psutil

from plancton.config.load import ConfigError, check_against_host, load
from plancton.config.render import reference, sample


def check_config(options: argparse.Namespace) -> int:
    """`plancton check-config FILE`: exit status 2 and one sentence when it cannot be used here."""
    path = options.file or options.config
    if path is None:
        raise ConfigError("no configuration file is there to be checked: name one")
    config = load(path)
    if not options.any_host:
        check_against_host(config, os.cpu_count() or 1, psutil.virtual_memory().total, str(path))
    print(f"{path}: can be used")
    return 0


def sample_config(options: argparse.Namespace) -> int:
    """`plancton sample-config`."""
    print(reference() if options.reference else sample(), end="")
    return 0
