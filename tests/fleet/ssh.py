"""The way to the hosts: one key of the fleet's own, and host keys that are known before the first visit."""

from __future__ import annotations

from tests.fleet.place import Place
from tests.testbed.command import must, run
from tests.testbed.host import Host

HOST_KEY = "/etc/ssh/ssh_host_ed25519_key.pub"


def ensure_key(place: Place) -> str:
    """Its public half, for the hosts."""
    if not place.key.exists():
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", place.run_id, "-f", str(place.key)]
        must(run(argv))
    return place.key.with_suffix(".pub").read_text()


def let_in(host: Host, public_key: str) -> str:
    """Let the fleet's key in as the host's administrator; returns the key that the host shows."""
    user = host.recipe.user
    home = "/root" if user == "root" else f"/home/{user}"
    host.put(public_key.encode(), f"{home}/.ssh/authorized_keys", owner=user)
    must(host.run("chown", "-R", f"{user}:", f"{home}/.ssh"))
    must(host.run("chmod", "-R", "go=", f"{home}/.ssh"))
    return " ".join(host.read("cat", HOST_KEY).split()[:2])


def hang_up(place: Place) -> None:
    """Close the connections that Ansible keeps: a later host of the same address must be asked itself."""
    for socket in place.sockets.glob("*"):
        run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "nobody"])
