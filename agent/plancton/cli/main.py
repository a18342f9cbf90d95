"""The command `plancton`: its verbs and their options."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from plancton import __version__
from plancton.cli import agent, facility, files, host, network, offline, top, why, wishes
from plancton.cli.client import NoAgent
from plancton.config.load import ConfigError

Verb = Callable[[argparse.Namespace], int]
AddVerb = Callable[[str, Verb, str], argparse.ArgumentParser]

DEFAULT_CONFIG = Path("/etc/plancton/plancton.yml")
BAD_INPUT = 2
# An interrupted command ends as the shell expects it: 128 + SIGINT.
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb. Exit status 0: well; 1: something is wrong with the host or agent; 2: bad input."""
    options = _parser().parse_args(argv)
    options.config_given = options.config is not None
    if options.config is None and DEFAULT_CONFIG.exists():
        options.config = DEFAULT_CONFIG
    try:
        status: int = options.verb(options)
        sys.stdout.flush()
    except (ConfigError, NoAgent, wishes.BadWish) as error:
        print(f"plancton: {error}", file=sys.stderr)
        return 1 if isinstance(error, NoAgent) else BAD_INPUT
    except BrokenPipeError:
        # `plancton why | head`: nobody reads any more, and that is well. What is still buffered goes
        # nowhere, so that the interpreter does not stumble over it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="plancton",
        description="Lends the idle cycles of this host to pilot containers and gives them back at once.",
        epilog="Owner of this machine? `plancton pause 2h` gives you all of it; `plancton why` says why.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"plancton {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    def verb(name: str, function: Verb, help_: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=help_, description=help_, allow_abbrev=False)
        sub.add_argument(
            "--config.file",
            dest="config",
            type=Path,
            metavar="FILE",
            help=f"default: {DEFAULT_CONFIG}, if it is there",
        )
        sub.set_defaults(verb=function)
        return sub

    _agent_verbs(verb)
    _owner_verbs(verb)
    _file_verbs(verb)
    offline.add_verbs(verb)
    facility.add_verbs(verb)
    return parser


def _agent_verbs(verb: AddVerb) -> None:
    run = verb("run", agent.run_agent, "Run the agent in the foreground.")
    run.add_argument("--web.listen-address", dest="listen_address", metavar="HOST:PORT")
    run.add_argument(
        "--log.level", dest="log_level", default="info", choices=["debug", "info", "warning", "error"]
    )
    run.add_argument("--log.format", dest="log_format", default="logfmt", choices=["logfmt", "json"])
    run.add_argument(
        "--keep-trying",
        action="store_true",
        help="start although the engine or the image is missing, and report it; for service managers",
    )
    run.add_argument("--fake", action="store_true", help="with an engine that has no containers")
    prepare = verb(
        "prepare-host", host.prepare_host, "As root, before the agent: make the pilots' parent cgroup."
    )
    prepare.add_argument("--user", metavar="NAME", help="the agent's user, who keeps the weights up")
    guard = verb(
        "guard-network",
        network.guard_network,
        "As root, beside the agent: keep the filter of the pilots' own network in the host's firewall.",
    )
    guard.add_argument(
        "--log.level", dest="log_level", default="info", choices=["debug", "info", "warning", "error"]
    )
    guard.add_argument("--remove", action="store_true", help="take it out of the firewall instead, and end")


def _owner_verbs(verb: AddVerb) -> None:
    status = verb("status", agent.show_status, "What the agent sees and does now.")
    status.add_argument("--json", action="store_true")
    status.add_argument("--watch", action="store_true", help="show it anew every second")
    decisions = verb("why", why.show_why, "The last decisions, each with its numbers and how long it held.")
    decisions.add_argument("--json", action="store_true")
    decisions.add_argument(
        "-n",
        "--limit",
        type=offline.count,
        metavar="N",
        help=f"how many at most (default {why.USUAL}; with --since all)",
    )
    decisions.add_argument(
        "--since",
        type=why.since,
        metavar="WHEN",
        help="what held then or later: 30m or 8h ago, 14:30, 2026-01-31, '2026-01-31 14:30'",
    )
    live = verb("top", top.show_top, "The host live: CPU, pilots, decisions. The key q ends it.")
    live.add_argument("--once", action="store_true", help="print it once, as plain text")
    pause = verb("pause", wishes.pause, "No pilots on this host, from now on or for a time.")
    pause.add_argument(
        "duration", nargs="?", metavar="DURATION", help="30m, 8h, 1d12h …; else until `resume`"
    )
    drain = verb("drain", wishes.drain, "Start no more pilots; let those that run finish.")
    drain.add_argument(
        "--deadline", metavar="DURATION", help="2h, 30m …: stop pilots that are still there after it"
    )
    for wish in (pause, drain):
        wish.add_argument("--reason", default="", metavar="TEXT", help="one line, shown with the wish")
    resume = verb("resume", wishes.resume, "End a pause or a drain.")
    drain.add_argument(
        "--for-operator",
        action="store_true",
        help="in the operator's name: a wish of an owner stays in force",
    )
    resume.add_argument(
        "--for-operator", action="store_true", help="end only what was asked for in the operator's name"
    )
    verb("release", wishes.release, "End all pilots now; new ones may come after the calm window.")


def _file_verbs(verb: AddVerb) -> None:
    check = verb("check-config", files.check_config, "Check a configuration file.")
    check.add_argument("file", nargs="?", type=Path, metavar="FILE")
    check.add_argument(
        "--any-host", action="store_true", help="for another host: do not compare it with this one"
    )
    sample = verb("sample-config", files.sample_config, "Print a configuration file with every key.")
    sample.add_argument("--reference", action="store_true", help="print the reference in Markdown instead")
    verb("hash-password", files.hash_password, "Read a password and print what the configuration keeps.")
    doctor = verb("doctor", host.doctor, "What is wrong on this host, and what to do.")
    doctor.add_argument("--json", action="store_true")
