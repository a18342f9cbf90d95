"""Starts a fleet and ends it; both are safe to repeat."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from tests.fleet import inventory, ssh, subnet
from tests.fleet.members import FLEET, Member
from tests.fleet.place import Place
from tests.testbed import images, own_figures, stranger, virtual, virtual_image
from tests.testbed.command import must, run
from tests.testbed.host import LABEL, Host

# Making hosts is work for the machine's few cores; more at once only makes each slower.
AT_ONCE = 4
# sudo complains of it, each time. Only files are asked: elsewhere a name server may take its time.
LOSE_NAME = "hostname nameless && sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf"


@dataclass(frozen=True)
class Fleet:
    """Its hosts by name, the one that is switched off included."""

    place: Place
    members: tuple[Member, ...]
    hosts: dict[str, Host]

    def switch_on(self, name: str) -> None:
        """A host that was off comes up under the address that it had."""
        must(run(["docker", "start", self.hosts[name].name]))
        self.hosts[name].wait_until_up()

    def switch_off(self, name: str) -> None:
        must(run(["docker", "kill", self.hosts[name].name]))

    @contextmanager
    def hung(self, name: str) -> Iterator[None]:
        """For as long as the block lasts nothing on the host goes on; its network still takes connections."""
        must(run(["docker", "pause", self.hosts[name].name]))
        try:
            yield
        finally:
            must(run(["docker", "unpause", self.hosts[name].name]))


def up(place: Place, members: tuple[Member, ...] = FLEET) -> Fleet:
    """Images, network, key, hosts, inventory: what is missing is made, what is there stays."""
    for folder in (place.folder, place.sockets):
        folder.mkdir(parents=True, exist_ok=True)
    recipes = {member.recipe.image: member for member in members}
    own_figures.mounts()  # hosts that start at once would each start it
    network, public_key = subnet.ensure(place), ssh.ensure_key(place)
    addresses = {member.name: subnet.address(network, n) for n, member in enumerate(members)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(_image, recipes.values()))
        made = list(pool.map(lambda one: _host(place, one, addresses[one.name], public_key), members))
    known = [f"{addresses[m.name]} {key}" for m, (_, key) in zip(members, made, strict=True) if key]
    if known:
        place.known_hosts.write_text("\n".join([*_known(place, addresses, known), *known, ""]))
    place.inventory.write_text(inventory.text(members, addresses))
    hosts = {m.name: host for m, (host, _) in zip(members, made, strict=True)}
    for member in members:
        if member.virtual:  # only now is its key known to us
            hosts[member.name].wait_until_up()
    return Fleet(place, members, hosts)


def down(place: Place) -> list[str]:
    """Everything of it goes, whoever started it; returns the names of the containers that are gone."""
    ssh.hang_up(place)
    ours = f"--filter=label={LABEL}={place.run_id}"
    names = run(["docker", "ps", "--all", "--format={{.Names}}", ours]).stdout.split()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(_remove, names))
    subnet.remove(place)
    shutil.rmtree(place.folder, ignore_errors=True)
    return sorted(names)


def _image(member: Member) -> None:
    make = virtual_image.ensure if member.virtual else images.ensure
    make(member.recipe)


def _host(place: Place, member: Member, address: str, public_key: str) -> tuple[Host, str]:
    """The host, and the key that it shows if it is new."""
    name = place.container(member.name)
    emulated = virtual.VirtualHost(name, member.recipe, address, place.folder)
    host = emulated if member.virtual else Host(name, member.recipe)
    state = run(["docker", "inspect", "--format={{.State.Running}}", host.name]).stdout.strip()
    if state:
        if state == "false" and not member.switched_off:
            must(run(["docker", "start", host.name]))
            host.wait_until_up()
        return host, ""
    if member.virtual:
        return host, virtual.start(emulated, public_key, place.run_id, place.network)
    flags = (f"--hostname={member.name}", f"--ip={address}", *member.flags)
    Host.start(member.recipe, place.run_id, flags, name=host.name, on=place.network)
    key = ssh.let_in(host, public_key)
    if member.nameless:
        must(host.run("sh", "-c", LOSE_NAME))
    if member.strangers:
        stranger.start(host)
    if member.switched_off:
        must(run(["docker", "kill", host.name]))
    return host, key


def _known(place: Place, addresses: dict[str, str], new: list[str]) -> list[str]:
    """The keys that were known before, without those of hosts that are new or gone."""
    if not place.known_hosts.exists():
        return []
    fresh, current = {line.split()[0] for line in new}, set(addresses.values())
    lines = place.known_hosts.read_text().splitlines()
    return [line for line in lines if line.split()[0] in current - fresh]


def _remove(name: str) -> None:
    Host(name, FLEET[0].recipe).remove()
