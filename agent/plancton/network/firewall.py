"""The host's firewall through its own commands, whichever of its kinds they speak to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from plancton.network.table import parse

# Another program may hold the firewall's lock for a while.
LOCK_SECONDS = "5"
DEADLINE_SECONDS = 30.0
SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
IPV6 = Path("/proc/net/if_inet6")


class NoFirewall(Exception):
    """The firewall cannot be had. The message is one sentence for people."""


class Firewall:
    """One family's filter table: `iptables` or `ip6tables`. Needs CAP_NET_ADMIN; raises NoFirewall."""

    def __init__(self, command: str) -> None:
        self.command = command

    def chains(self) -> dict[str, tuple[str, ...]]:
        """All that is in the table: one short process."""
        return parse(self._run(self.command, "-w", LOCK_SECONDS, "-S"))

    def restore(self, transaction: str) -> None:
        """Apply it as a whole; what it does not name stays as it is."""
        self._run(f"{self.command}-restore", "-w", LOCK_SECONDS, "--noflush", stdin=transaction)

    def _run(self, *argv: str, stdin: str = "") -> str:
        environment = {"PATH": f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}", "LC_ALL": "C"}
        try:
            ran = subprocess.run(
                argv,
                input=stdin,
                env=environment,
                capture_output=True,
                text=True,
                timeout=DEADLINE_SECONDS,
                check=False,
            )
        except OSError as error:
            raise NoFirewall(f"{argv[0]} cannot be run: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise NoFirewall(f"{argv[0]} did not end within {DEADLINE_SECONDS:.0f} s") from None
        if ran.returncode != 0:
            said = ran.stderr.strip().splitlines() or [f"exit status {ran.returncode}"]
            raise NoFirewall(f"{argv[0]}: {said[0]}")
        return ran.stdout


def firewalls() -> tuple[Firewall, ...]:
    """Those of the families that this kernel speaks; IPv4 is the first."""
    return (Firewall("iptables"), *((Firewall("ip6tables"),) if IPV6.exists() else ()))
