"""Keeps the filter in force: puts it there, looks again in time, heals it, and says how it is."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from plancton.config.schema import Config
from plancton.config.source import ConfigSource
from plancton.network import report
from plancton.network.bridge import interface_of, report_path
from plancton.network.firewall import Firewall, NoFirewall, firewalls
from plancton.network.rules import DOCKER_USER, Filter, Guard, filter_v4, filter_v6, guard_of
from plancton.network.surroundings import look
from plancton.network.table import Chains, fault, installing, removing
from plancton.watchdog import notify

log = logging.getLogger(__name__)

# How often the configuration's file is looked at, and a filter that is not well tried again.
TURN_SECONDS = 5.0
# Whether packets between two ports of one bridge pass the firewall at all. The engine turns it on.
BRIDGED = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")


class Keeper:
    """The guard of one host. Needs CAP_NET_ADMIN, and nothing else that is not everybody's."""

    def __init__(self, source: ConfigSource, bridged: Path = BRIDGED) -> None:
        self._source = source
        self._bridged = bridged
        self._printed: dict[str, tuple[Filter, Chains]] = {}
        self._why: str | None = "it is being looked at"
        self._looked_at = float("-inf")
        self.ended = threading.Event()

    def run(self) -> None:
        """Work until `ended` is set. The filter stays: pilots outlive their guard."""
        message = "READY=1"
        while not self.ended.is_set():
            self.turn()
            notify(message)
            message = "WATCHDOG=1"
            self.ended.wait(min(TURN_SECONDS, self._source.config.network.check_seconds))

    def turn(self) -> None:
        """Look, if it is time to."""
        changed = self._source.refresh()
        config = self._source.config
        due = time.monotonic() - self._looked_at >= config.network.check_seconds
        if changed or due or self._why is not None:
            self._looked_at = time.monotonic()
            self.look(config)

    def look(self, config: Config) -> None:
        """Put right what is not, and say how it is."""
        guard, path = guard_of(config), report_path(config)
        try:
            why = self._keep(guard, config)
        except (NoFirewall, OSError, ValueError) as error:
            why = str(error)
        if why != self._why:
            well = "guarded" if guard else "not to be guarded"
            log.info("%s: %s", interface_of(config.name), why or well)
        self._why = why
        if guard is None:
            report.forget(path)
            return
        try:
            report.write(path, guard, why)
        except OSError as error:
            log.error("the agent cannot be told, and starts nothing: %s", error)  # noqa: TRY400 - a sentence

    def _keep(self, guard: Guard | None, config: Config) -> str | None:
        if guard is None:
            self._printed.clear()
            remove(config)
            return None
        for firewall in firewalls():
            self._heal(firewall, guard)
        if not self._bridged.exists() or self._bridged.read_text().strip() != "1":
            return f"{self._bridged} is not 1, so that pilots could reach each other"
        return None

    def _heal(self, firewall: Firewall, guard: Guard) -> None:
        there = firewall.chains()
        wanted = (
            filter_v4(guard, look(guard.interface), docker_user=DOCKER_USER in there)
            if firewall.command == "iptables"
            else filter_v6(guard)
        )
        before, printed = self._printed.get(firewall.command, (None, {}))
        what = fault(wanted, there, printed)
        if wanted == before and what is None:
            return
        if wanted == before:
            log.warning("%s: %s: put right", firewall.command, what)
        firewall.restore(installing(wanted, there))
        self._printed[firewall.command] = wanted, _verified(firewall, wanted)


def _verified(firewall: Firewall, wanted: Filter) -> Chains:
    """How this iptables prints what it has just been given: each version has its own manner."""
    there = firewall.chains()
    printed = {chain: there.get(chain, ()) for chain in wanted.chains}
    short = next((c for c, rules in wanted.chains.items() if len(printed[c]) != len(rules)), None)
    what = f"the chain {short} has not its rules" if short else fault(wanted, there, printed)
    if what is not None:
        raise NoFirewall(f"{firewall.command} was told, but {what}")
    return printed


def remove(config: Config) -> bool:
    """Take all of ours out of the firewall. Tells whether there was anything. Raises NoFirewall."""
    guard = Guard(interface_of(config.name), internet=False, allow=())
    found = False
    for firewall in firewalls():
        transaction = removing((guard.forward_chain, guard.input_chain), firewall.chains())
        if transaction is not None:
            firewall.restore(transaction)
            found = True
    report.forget(report_path(config))
    return found
