"""simulate: policies, baselines and an oracle on the same days."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from plancton.cli.client import config_for
from plancton.config.load import ConfigError, check_against_host, load
from plancton.config.policy_of import policy_of
from plancton.config.schema import Config
from plancton.recording.unpacking import BadRecording
from plancton.simulate.demand import Machine
from plancton.simulate.kernel import Weights
from plancton.simulate.match import Day, Match, Scores, cores_here, play_all, together
from plancton.simulate.owners import OWNERS
from plancton.simulate.picture import picture
from plancton.simulate.table import host_days, table

# A word in the place of a file: the policy of an agent without a configuration.
DEFAULTS = "defaults"


def simulate(options: argparse.Namespace) -> int:
    """`plancton simulate`."""
    match, days = _match(options), _days(options)
    try:
        sums = play_all(match, days, options.jobs or cores_here(), _counter(len(days)))
    except BadRecording as error:
        print(f"plancton: {error}", file=sys.stderr)
        return 2
    told = _json if options.json else _tables
    print(told(sums, by_owner=options.by_owner))
    if options.svg is not None:
        _draw(options.svg, sums, match)
    return 0


def _counter(days: int) -> Callable[[int], None]:
    """Tells somebody who waits at a terminal how far it is."""

    def show(done: int) -> None:
        if sys.stderr.isatty():
            print(
                f"\r{done} of {days} host-days", end="\n" if done == days else "", file=sys.stderr, flush=True
            )

    return show


def _match(options: argparse.Namespace) -> Match:
    machine = Machine(options.cores, options.memory)
    named = _configs(options)
    if len({name for name, _ in named}) < len(named):
        raise ConfigError("--policy: the same is given twice")
    if options.owner or not options.recording:
        for name, config in named:
            check_against_host(config, machine.cores, machine.memory_bytes, name)
    policies = tuple((name, policy_of(config)) for name, config in named)
    return Match(policies, machine, Weights.EQUAL if options.equal_weight else Weights.LOWEST)


def _configs(options: argparse.Namespace) -> list[tuple[str, Config]]:
    if options.policy:
        return [(name, Config() if name == DEFAULTS else load(Path(name))) for name in options.policy]
    config = config_for(options.config, given=options.config_given)
    return [(DEFAULTS if options.config is None else str(options.config), config)]


def _days(options: argparse.Namespace) -> list[Day]:
    recordings = options.recording or []
    owners = options.owner or ([] if recordings else list(OWNERS))
    for owner in owners:
        if owner not in OWNERS:
            raise ConfigError(f"--owner: there is no {owner!r}, but there are {', '.join(OWNERS)}")
    found = [Day(owner, options.seed + day) for owner in owners for day in range(options.days)]
    return found + [Day(str(path), recording=path) for path in recordings]


def _json(sums: dict[str, Scores], *, by_owner: bool) -> str:
    def rows(scores: Scores) -> list[dict[str, str | float]]:
        return [score.told(name) for name, score in scores.items()]

    if not by_owner:
        return json.dumps(rows(together(sums)), indent=2)
    each = [{"owner": owner, **row} for owner, scores in sums.items() for row in rows(scores)]
    return json.dumps(each, indent=2)


def _tables(sums: dict[str, Scores], *, by_owner: bool) -> str:
    parts = []
    if by_owner and len(sums) > 1:
        parts = [f"{owner}, {host_days(scores)}\n\n{table(scores)}\n" for owner, scores in sums.items()]
    everything = together(sums)
    parts.append(f"{', '.join(sums)}: {host_days(everything)}\n\n{table(everything)}")
    return "\n".join(parts)


def _draw(path: Path, sums: dict[str, Scores], match: Match) -> None:
    everything = together(sums)
    title = f"{host_days(everything)} of {', '.join(sums)}"
    try:
        path.write_text(picture(everything, title, {name for name, _ in match.policies}))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
