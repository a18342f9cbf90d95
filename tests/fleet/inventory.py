"""The inventory, as an administrator would write it."""

from __future__ import annotations

from typing import Any

from tests.fleet.members import POOL, Member, donors

# Relative to the inventory itself: the folder may be moved.
KNOWN = "-o UserKnownHostsFile={{ inventory_dir }}/known_hosts -o StrictHostKeyChecking=yes"
WAY_IN = {
    "ansible_ssh_private_key_file": "{{ inventory_dir }}/key",
    "ansible_ssh_common_args": KNOWN,
    "ansible_control_path_dir": "{{ inventory_dir }}/ssh",
}
# The hosts share the cores of one machine: their pilots hold their places and work little, and their agents
# do not look for owners.
LENT: dict[str, Any] = {
    "agent_config_mode": "dedicated",
    "agent_config_web": {"listen_address": "0.0.0.0:10016"},
    "agent_config_pool": POOL,
    "agent_config_grow": {"calm_seconds": 1, "fizzle_seconds": 1},
    "agent_config_pilot": {"command": ["sh", "-c", "trap 'exit 143' TERM; while :; do sleep 1; done"]},
}


def text(members: tuple[Member, ...], addresses: dict[str, str]) -> str:
    """An INI file; `addresses` by the members' names."""
    monitors = [member for member in members if member.monitor]
    return "\n".join(
        [
            "# Written by `make fleet`.",
            "[donors]",
            *(_line(member, addresses[member.name]) for member in donors(members)),
            "\n[monitors]",
            *(_line(member, addresses[member.name]) for member in monitors),
            "\n[donors:vars]",
            *(f"{name}={value!r}" for name, value in LENT.items()),
            "\n[all:vars]",
            *(f"{name}={value}" for name, value in WAY_IN.items()),
            "",
        ]
    )


def _line(member: Member, address: str) -> str:
    way = {"ansible_host": address, "ansible_user": member.recipe.user}
    words = [f"{name}={_quoted(value)}" for name, value in (way | member.variables).items()]
    return f"{' '.join([member.name, *words])}  # {member.says}"


def _quoted(value: Any) -> str:
    return value if isinstance(value, str) and value.isprintable() and " " not in value else f'"{value!r}"'
