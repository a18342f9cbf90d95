"""What rotate.yml has made anew, and what it has not."""

from __future__ import annotations


def without_certificate(certified: list[str], hosts: dict) -> list[str]:
    """Those that have got none in this run."""
    return [name for name in certified if not hosts[name].get("rotate_certificate")]


def rotation_summary(
    groups: dict[str, list[str]],
    hosts: dict,
    certified: list[str],
    asked: list[str],
    checked: bool,  # noqa: FBT001 - a template's
) -> list[str]:
    """How many of each kind are new, and what is still to be done.

    `certified`: the donors with certificates of our own; `asked`: the hosts of the run.
    """
    if checked:
        return ["Nothing was rotated: this was a look", ""]
    kinds = {
        "certificates of agents": ([name for name in certified if name in asked], "rotate_certificate"),
        "certificates of monitors": (
            [name for name in groups.get("monitors", []) if certified and name in asked],
            "rotate_shown",
        ),
        "tokens of donors": (
            [name for name in groups.get("donors", []) if groups.get("pools") and name in asked],
            "rotate_token",
        ),
    }
    lines, lacking = ["Rotated"], []
    # A monitor keeps its own until all donors know the authority of the next.
    kept = _from_the_roots(hosts) and without_certificate(certified, hosts)
    for kind, (names, fact) in kinds.items():
        done = [name for name in names if hosts[name].get(fact)]
        if names:
            lines.append(f"  {len(done)} of {len(names)} {kind}")
        if not kept or fact != "rotate_shown":
            lacking += [f"  {name}: not its {kind.split()[0][:-1]}" for name in names if name not in done]
    if len(lines) == 1:
        lines.append("  nothing: there are neither agents with certificates of ours nor a pool")
    return [*lines, *lacking, *_roots(groups, hosts, certified), ""]


def _from_the_roots(hosts: dict) -> bool:
    return any(host.get("rotate_from_the_roots") for host in hosts.values())


def _roots(groups: dict[str, list[str]], hosts: dict, certified: list[str]) -> list[str]:
    """What has become of the authority and of the pool's key."""
    if not _from_the_roots(hosts):
        return []
    lines = []
    if certified:
        behind = without_certificate(certified, hosts)
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
            "without_certificate": without_certificate,
            "rotation_summary": rotation_summary,
        }
