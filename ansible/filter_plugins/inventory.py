"""What is wrong with an inventory, found before any host is contacted."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROLES = Path(__file__).resolve().parent.parent / "roles"
SECTION = re.compile(r"\s*\[([^\]]+)\]")
HOST = re.compile(r"\s*([^\s#;=\[]+)(.*)")
SETTING = re.compile(r"""(\w+)\s*=\s*("(?:\\.|[^"])*"|'[^']*'|\S+)""")
LOOPBACK = re.compile(r"127(\.\d+){3}|localhost|\[::1\]")
LISTEN_ADDRESS = "127.0.0.1:10016"  # the agent's own default
# A sentence that names two hundred hosts is not read.
FEW = 5
TRUE = {"true", "yes", "on", "y", "t", "1"}  # as Ansible reads it
ANYWHERE = ("", "0.0.0.0", "[::]")  # noqa: S104 - recognised, not bound to


def known_variables() -> set[str]:
    """Every variable that a role declares."""
    specs = (yaml.safe_load(path.read_text()) for path in ROLES.glob("*/meta/argument_specs.yml"))
    entries = (entry for spec in specs for entry in spec["argument_specs"].values())
    return {name for entry in entries for name in entry.get("options", {})}


def unknown_variables(names: list[str]) -> list[str]:
    """Variables with a prefix of ours that nobody reads: a slip of the pen."""
    roles = "|".join(sorted(path.name for path in ROLES.iterdir()))
    ours = re.compile(rf"^({roles})_(?!config_)\w+$")
    return sorted(name for name in names if ours.match(name) and name not in known_variables())


def address(name: str, settings: dict) -> str:
    """Where Ansible finds a host: two names with one address are one machine."""
    if settings.get("ansible_connection") == "local":
        return "this machine"
    return f"{settings.get('ansible_host', name)}:{settings.get('ansible_port', 22)}"


def same_machine(hosts: dict[str, dict]) -> list[str]:
    """Two names of one machine: two agents on it would quarrel."""
    seen: dict[str, str] = {}
    problems = []
    for name, settings in hosts.items():
        place = address(name, settings)
        if place in seen:
            problems.append(f"{seen[place]} and {name} are the same host ({place})")
        seen.setdefault(place, name)
    return problems


def named_twice(path: str) -> list[str]:
    """A host that stands twice in one group of an INI file, or with two values for one key.

    Ansible would silently take the last. Other kinds of inventory are read by their own plugins.
    """
    file = Path(path)
    if not file.is_file() or file.suffix in {".yml", ".yaml", ".json"} or file.stat().st_mode & 0o111:
        return []
    problems: list[str] = []
    members: set[tuple[str, str]] = set()
    settings: dict[tuple[str, str], str] = {}
    group = "ungrouped"
    for line in file.read_text(errors="replace").splitlines():
        if section := SECTION.match(line):
            group = section[1]
            continue
        host = HOST.match(line)
        if not host or ":" in group:  # [group:vars] and [group:children] name no hosts
            continue
        name = host[1]
        if (group, name) in members:
            problems.append(f"{name} is twice in [{group}]")
        members.add((group, name))
        for key, value in SETTING.findall(host[2].split(" #")[0]):
            if settings.setdefault((name, key), value) != value:
                problems.append(f"{name} has two values for {key}: {settings[name, key]} and {value}")
    return problems


def web(settings: dict) -> dict:
    """That section of the agent's configuration on a host. What is none is for the agent to refuse."""
    given = settings.get("agent_config_web")
    return given if isinstance(given, dict) else {}


def listens_on(settings: dict) -> str:
    """Where the agent of a host listens. What is no address at all is for the agent to refuse."""
    return str(web(settings).get("listen_address", LISTEN_ADDRESS))


def out_of_sight(groups: dict[str, list[str]], hosts: dict[str, dict]) -> list[str]:
    """Donors on whose loopback a monitor elsewhere would look: it would find itself there."""
    monitors = groups.get("monitors", [])
    hidden: dict[tuple[str, str], list[str]] = {}
    for name in groups.get("donors", []):
        settings, listen = hosts[name], listens_on(hosts[name])
        if settings.get("agent_scrape_address") or not is_loopback(listen):
            continue
        here = address(name, settings)
        elsewhere = next((monitor for monitor in monitors if address(monitor, hosts[monitor]) != here), None)
        if elsewhere:
            hidden.setdefault((listen, elsewhere), []).append(name)
    return [
        f"{_some(names)}: agent_config_web.listen_address is {listen}, which the monitor {monitor}, "
        "being another machine, cannot reach: set another one, or agent_scrape_address"
        for (listen, monitor), names in hidden.items()
    ]


def passwords(groups: dict[str, list[str]], hosts: dict[str, dict]) -> list[str]:
    """Passwords that a monitor would send in the clear, or lacks: it has one for all agents."""
    problems = []
    for monitor in groups.get("monitors", []):
        settings, donors = hosts[monitor], groups.get("donors", [])
        given = bool(settings.get("prometheus_agents_password"))
        user = settings.get("prometheus_agents_username") or "prometheus"
        plain = [name for name in donors if given and _is_open(hosts[name], name, beside=name == monitor)]
        shut = [
            name
            for name in donors
            if (users := web(hosts[name]).get("basic_auth_users")) and not (given and user in users)
        ]
        if plain:
            problems.append(
                f"{_some(plain)}: not behind TLS, where the monitor {monitor} would tell everybody its "
                "prometheus_agents_password: leave agent_tls out, or the password"
            )
        if shut:
            problems.append(
                f"{_some(shut)}: agent_config_web.basic_auth_users does not let the monitor {monitor} in: "
                f"give that prometheus_agents_password, and its hash to the user {user}"
            )
    return problems


def _is_open(settings: dict, name: str, *, beside: bool) -> bool:
    return not is_secured(settings) and not is_loopback(scrape_address(settings, name, beside=beside))


def _some(names: list[str]) -> str:
    more = len(names) - FEW
    return ", ".join(names[:FEW]) + (f" and {more} more" if more > 0 else "")


def inventory_problems(groups: dict[str, list[str]], hosts: dict[str, dict], sources: list[str]) -> list[str]:
    """Sentences, each naming the host or the key; none means that the inventory makes sense."""
    problems = [] if groups.get("donors") else ["the group donors has no host: nobody lends anything"]
    ours = {name: hosts[name] for group in ("donors", "monitors", "pools") for name in groups.get(group, [])}
    if len(pools := groups.get("pools", [])) > 1:
        problems.append(f"the group pools has {len(pools)} hosts ({_some(pools)}): there can be one pool")
    for source in sources:
        problems += named_twice(source)
    problems += same_machine(ours)
    problems += out_of_sight(groups, hosts)
    problems += passwords(groups, hosts)
    for name, settings in ours.items():
        problems += [f"{name}: {key} is not a known variable" for key in unknown_variables(list(settings))]
    return problems


def scrape_address(settings: dict, name: str, *, beside: bool) -> str:
    """Where a monitor finds the agent of a host. ``beside``: the monitor is that host itself."""
    if settings.get("agent_scrape_address"):
        return settings["agent_scrape_address"]
    listen = listens_on(settings)
    host, _, port = listen.rpartition(":")
    if host in ANYWHERE:
        return f"127.0.0.1:{port}" if beside else f"{settings.get('ansible_host', name)}:{port}"
    return listen


def is_loopback(listen: str) -> bool:
    """Whether nobody but the host itself can get there."""
    return LOOPBACK.fullmatch(listen.rpartition(":")[0]) is not None


def is_certified(settings: dict) -> bool:
    """Whether the agent of a host gets a certificate of the facility's own authority.

    It is as `agent_tls` says; where that says nothing, an agent is not left open to a network.
    plancton.facility.inventory has the same rule.
    """
    said = settings.get("agent_tls")
    if said is None:
        return not web(settings).get("tls_certificate_file") and not is_loopback(listens_on(settings))
    return str(said).lower() in TRUE


def is_secured(settings: dict) -> bool:
    """Whether the agent of a host speaks TLS."""
    return bool(web(settings).get("tls_certificate_file")) or is_certified(settings)


def certified_donors(donors: list[str], hosts: dict[str, dict]) -> list[str]:
    """Those whose agents have certificates of the facility's own authority."""
    return [name for name in donors if is_certified(hosts[name])]


def secured_donors(donors: list[str], hosts: dict[str, dict]) -> list[str]:
    """Those whose agents speak TLS, whoever has made their certificates."""
    return [name for name in donors if is_secured(hosts[name])]


def certificate_addresses(name: str, hosts: dict[str, dict], monitors: list[str]) -> list[str]:
    """What the certificate of a donor's agent is for: its name, and where it is asked."""
    found = [f"{name}:", scrape_address(hosts[name], name, beside=False)]
    if name in monitors or hosts[name].get("ansible_connection") == "local":
        found.append(scrape_address(hosts[name], name, beside=True))
    return list(dict.fromkeys(address.rpartition(":")[0].strip("[]") for address in found))


def scrape_targets(donors: list[str], hosts: dict[str, dict], monitor: str) -> list[dict]:
    """Prometheus' file_sd: one entry a donor, under its name in the inventory."""
    targets = []
    for name in sorted(donors):
        settings = hosts[name]
        labels = {"instance": name}
        if settings.get("site"):
            labels["site"] = str(settings["site"])
        if is_secured(settings):
            labels["__scheme__"] = "https"
        targets.append(
            {"targets": [scrape_address(settings, name, beside=name == monitor)], "labels": labels}
        )
    return targets


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict:
        """Names for templates."""
        return {
            "inventory_problems": inventory_problems,
            "scrape_targets": scrape_targets,
            "certificate_addresses": certificate_addresses,
            "certified_donors": certified_donors,
            "secured_donors": secured_donors,
        }
