"""Faults of hosts in the middle of a roll-out, all of them real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.testbed.command import must, run
from tests.testbed.host import Host

# Nothing gets in any more, neither SSH nor a scrape, while all that runs on the host goes on.
CUT_OFF = "iptables --wait --insert INPUT --in-interface eth0 --jump DROP"
CONNECT = "iptables --wait --delete INPUT --in-interface eth0 --jump DROP"
KILL_ENGINE = "pkill -KILL dockerd"
FILL_DISK = "cat /dev/zero > /opt/plancton/filling"


def once(host: Host, condition: str, then: str) -> None:
    """Have the host itself wait for a moment that no transcript tells in time; both are words of a shell."""
    waiting = f"until {condition}; do sleep 0.05; done; {then}"
    must(run(["docker", "exec", "--detach", host.name, "sh", "-c", waiting]))


def do(host: Host, words: str) -> None:
    must(host.run("sh", "-c", words))


@contextmanager
def small_disk(host: Host, megabytes: int) -> Iterator[None]:
    """For as long as the block lasts, releases of the agent have a disk of their own, and a new one."""
    do(host, f"mkdir -p /opt/plancton && mount -t tmpfs -o size={megabytes}m tmpfs /opt/plancton")
    try:
        yield
    finally:
        do(host, "umount /opt/plancton && rmdir --ignore-fail-on-non-empty /opt/plancton")
