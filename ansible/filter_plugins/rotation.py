"""What rotate.yml has made anew, and what it has not."""

from __future__ import annotations

TRUE = {"true", "yes", "on", "y", "t", "1"}  # as Ansible reads it


def secured_donors(donors: list[str], hosts: dict) -> list[str]:
    """Those whose agents have certificates of the facility's own authority."""
    return [name for name in donors if str(hosts[name].get("agent_tls", "")).lower() in TRUE]


def without_certificate(secured: list[str], hosts: dict) -> list[str]:
    """Those that have got none in this run."""
    return [name for name in secured if not hosts[name].get("rotate_certificate")]


def rotation_summary(
    groups: dict[str, list[str]],
    hosts: dict,
    asked: list[str],
    checked: bool,  # noqa: FBT001 - a template's
) -> list[str]:
    """How many of each kind are new, and what is still to be done; of `asked`, the hosts of the run."""
    if checked:
        return ["Nothing was rotated: this was a look", ""]
    secured = secured_donors(groups.get("donors", []), hosts)
    kinds = {
        "certificates of agents": ([name for name in secured if name in asked], "rotate_certificate"),
        "certificates of monitors": (
            [name for name in groups.get("monitors", []) if secured and name in asked],
            "rotate_shown",
        ),
        "tokens of donors": (
            [name for name in groups.get("donors", []) if groups.get("pools") and name in asked],
            "rotate_token",
        ),
    }
    lines, lacking = ["Rotated"], []
    # A monitor keeps its own until all donors know the authority of the next.
    kept = _from_the_roots(hosts) and without_certificate(secured, hosts)
    for kind, (names, fact) in kinds.items():
        done = [name for name in names if hosts[name].get(fact)]
        if names:
            lines.append(f"  {len(done)} of {len(names)} {kind}")
        if not kept or fact != "rotate_shown":
            lacking += [f"  {name}: not its {kind.split()[0][:-1]}" for name in names if name not in done]
    if len(lines) == 1:
        lines.append("  nothing: there are neither donors with agent_tls nor a pool")
    return [*lines, *lacking, *_roots(groups, hosts, secured), ""]


def _from_the_roots(hosts: dict) -> bool:
    return any(host.get("rotate_from_the_roots") for host in hosts.values())


def _roots(groups: dict[str, list[str]], hosts: dict, secured: list[str]) -> list[str]:
    """What has become of the authority and of the pool's key."""
    if not _from_the_roots(hosts):
        return []
    lines = []
    if secured:
        behind = without_certificate(secured, hosts)
        behind = behind or [
            name for name in groups.get("monitors", []) if not hosts[name].get("rotate_shown")
        ]
        lines.append(
            f"  the former authority is trusted until a run of this reaches {', '.join(behind)}"
            if behind
            else "  the authority is another one"
        )
    if groups.get("pools"):
        lines.append("  tokens of before are invalid: the pool has another key")
    return lines


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict:
        """Names for templates."""
        return {
            "secured_donors": secured_donors,
            "without_certificate": without_certificate,
            "rotation_summary": rotation_summary,
        }
