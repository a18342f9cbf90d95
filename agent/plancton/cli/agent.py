"""run, status: the agent itself, and what it sees now."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from typing import Any

from plancton.cli.client import ask, config_for
from plancton.spoken import counted, duration, moment

GIB = 1024**3


def run_agent(options: argparse.Namespace) -> int:
    """`plancton run`."""
    from plancton.logs import set_up  # noqa: PLC0415 - only the agent logs
    from plancton.run import CannotRun, Options, run  # noqa: PLC0415 - docker and all are heavy

    set_up(options.log_level, options.log_format)
    try:
        run(Options(options.config, options.keep_trying, options.fake, options.listen_address))
    except CannotRun as error:
        print(f"plancton: {error}", file=sys.stderr)
        return 2
    finally:
        logging.shutdown()
    return 0


def show_status(options: argparse.Namespace) -> int:
    """`plancton status`."""
    config = config_for(options.config, given=options.config_given)
    while True:
        status = ask(config, "/status")
        shown = json.dumps(status, indent=2) if options.json else _table(status)
        if not options.watch:
            print(shown)
            return 0
        # Home, and clear what is below: no flicker, and nothing left of a longer table before.
        print(f"\033[H\033[J{shown}", flush=True)
        time.sleep(1)


def _table(status: dict[str, Any]) -> str:
    cpu, memory = status["cpu"], status["memory"]
    lines = [f"{status['sentence']}.", ""]
    lines.append(f"mode      {status['mode']}")
    if cpu:
        owner, pilots = cpu["owner_cores"], cpu["pilot_cores"]
        lines.append(f"cpu       owner {owner:.2f}, pilots {pilots:.2f} of {cpu['cores']:.2f} cores")
    if memory:
        available, total = memory["available_bytes"] / GIB, memory["total_bytes"] / GIB
        lines.append(f"memory    {available:.1f} GiB of {total:.1f} GiB available")
    lines.append(f"owner     {wish(status)}")
    lines += warnings(status)
    kinds = status["kinds"]
    lines += [f"ended     {told}" for told in _ended(kinds)]
    if len(kinds) > 1 or kinds[0]["because"]:
        lines += ["", *_kinds(kinds)]
    return "\n".join([*lines, "", *_pilots(status["pilots"])])


def _ended(kinds: list[dict[str, Any]]) -> list[str]:
    """How pilots have ended since the agent started, a line for each kind of which there were some."""
    told = [(kind["name"], counted(kind["ended"])) for kind in kinds if kind.get("ended")]
    return [numbers if len(kinds) == 1 else f"{name}: {numbers}" for name, numbers in told]


def warnings(status: dict[str, Any]) -> list[str]:
    """What is wrong with the host or the agent, a line for each."""
    lines = []
    blind = [name for name, up in status["sensors"].items() if not up]
    if blind:
        lines.append(f"blind     {', '.join(blind)}")
    if not status["pool_weight_is_lowest"] and status["mode"] != "dry-run":
        lines.append("warning   pilots do not have the lowest CPU weight: run `plancton doctor`")
    if status["config"]["error"]:
        lines.append(f"warning   the changed configuration is not in force: {status['config']['error']}")
    for kind in status["kinds"]:
        if kind.get("demand"):
            name = f"{kind['name']}: " if len(status["kinds"]) > 1 else ""
            lines.append(f"warning   {name}whether jobs wait is not known: {kind['demand']}")
    return lines


def wish(status: dict[str, Any]) -> str:
    """The owner's wish in force."""
    intent = status["intent"]
    if intent["kind"] == "run":
        return "pilots are welcome"
    until = (
        f" until {moment(intent['until'], status['time'])}" if intent["until"] else " until further notice"
    )
    end = intent.get("deadline")
    deadline = f"; pilots still there at {moment(end, status['time'])} are stopped" if end else ""
    return f"{intent['kind']}{until}, asked by {intent['asked']}{deadline}"


def _kinds(kinds: list[dict[str, Any]]) -> list[str]:
    width = max(len("KIND"), *(len(kind["name"]) for kind in kinds))
    lines = [f"{'KIND':{width}}  SHARE  PILOTS  CORES"]
    for kind in kinds:
        numbers = f"{kind['share']:5.0%}  {kind['pilots']:6}  {kind['cores']:5.1f}"
        lines.append(f"{kind['name']:{width}}  {numbers}  {kind['because'] or ''}".rstrip())
    return lines


def _pilots(pilots: list[dict[str, Any]] | None) -> list[str]:
    if pilots is None:
        return ["The engine cannot say which pilots there are."]
    if not pilots:
        return ["No pilots."]
    width = max(len(p["name"]) for p in pilots)
    head = f"{'PILOT':{width}}  KIND        STATE      AGE"
    return [head] + [
        f"{p['name']:{width}}  {p['kind']:10}  {p['state']:9}  {duration(p['age_seconds'])}" for p in pilots
    ]
