"""prepare-host, doctor: the host below the agent."""

from __future__ import annotations

import argparse
import json
import pwd
import sys

from plancton import cgroup
from plancton.cli.client import config_for
from plancton.engine.base import EngineError
from plancton.engine.make import make_engine


def prepare_host(options: argparse.Namespace) -> int:
    """`plancton prepare-host`. An engine that is not there (yet) leaves the cgroupfs layout to be assumed.

    It may start after the agent, and nobody prepares the host again then: a guess that fails is no
    fault, and one that was wrong leaves an empty group.
    """
    config = config_for(options.config, given=options.config_given)
    try:
        user = pwd.getpwnam(options.user) if options.user else None
    except KeyError:
        print(f"plancton: --user: there is no user {options.user}", file=sys.stderr)
        return 2
    guessed = False
    try:
        driver = make_engine(config, fake=False).facts().cgroup_driver
    except EngineError as error:
        driver, guessed = "cgroupfs", True
        print(f"plancton: {error}; the agent will keep trying", file=sys.stderr)
    try:
        pool = cgroup.Pool(config.name, driver, cgroup.hierarchy_here())
        cgroup.create(pool, (user.pw_uid, user.pw_gid) if user else None)
    except (OSError, cgroup.NoHierarchy) as error:
        print(f"plancton: the pilots' cgroup cannot be made: {error}", file=sys.stderr)
        return 0 if guessed else 1
    print(f"pilots' cgroup: {pool.accounting}")
    return 0


def doctor(options: argparse.Namespace) -> int:
    """`plancton doctor`: exit status 1 when something is wrong."""
    from plancton.doctor import examine  # noqa: PLC0415 - it imports docker

    config = config_for(options.config, given=options.config_given)
    findings = examine(config)
    if options.json:
        print(json.dumps([vars(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{'ok   ' if finding.well else 'WRONG'}  {finding.subject:12}  {finding.said}")
            if not finding.well and finding.advice:
                print(f"                     → {finding.advice}")
    return 0 if all(finding.well for finding in findings) else 1
