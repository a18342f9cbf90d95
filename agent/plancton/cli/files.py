"""check-config, sample-config, hash-password."""

from __future__ import annotations

import argparse
import getpass
import os
import sys

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


def hash_password(_: argparse.Namespace) -> int:
    """`plancton hash-password`: the first line of standard input, or asked for twice at a terminal."""
    from plancton.password import hashed  # noqa: PLC0415 - no other verb needs it

    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            print("plancton: the two are not the same", file=sys.stderr)
            return 2
    else:
        password = sys.stdin.readline().rstrip("\n")
    if not password:
        print("plancton: an empty password lets everybody in: give one on standard input", file=sys.stderr)
        return 2
    print(hashed(password))
    return 0
