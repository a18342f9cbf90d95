"""The few lines that end a run: what runs, where to look, how to stop."""

from __future__ import annotations

import json

# A fleet's summary names what needs a look, not two hundred hosts that are well.
FEW = 5
OK = 200
# The agent's own default of grow.calm_seconds.
CALM_SECONDS = 60


def said(result: dict | None) -> dict:
    """What ask.py has told: the last line that the host has printed, {} if it told nothing."""
    lines = (result or {}).get("stdout_lines") or ["{}"]
    try:
        return json.loads(lines[-1])
    except ValueError:
        return {}


def answered(result: dict | None) -> dict | None:
    """The JSON of an answer, or None where nothing answered."""
    told = said(result)
    return told.get("json", {}) if told.get("status") == OK else None


def reachable(listen: str, name: str, host: dict) -> str:
    """An address that can be typed: who listens everywhere is reached under the host's own."""
    place, _, port = listen.rpartition(":")
    everywhere = {"", "0.0.0.0", "[::]"}  # noqa: S104 - nothing listens here
    return f"{host.get('ansible_host', name)}:{port}" if place in everywhere else listen


def donor_line(name: str, host: dict, status: dict | None, scheme: str) -> str:
    """One donor in one line, in its agent's own words."""
    if "status_agent" not in host:
        return f"{name}: was not asked, as it was given up in this run"
    if status is None:
        return f"{name}: its agent does not answer"
    running = sum(pilot["state"] == "running" for pilot in status.get("pilots") or [])
    web = host.get("agent_config_web") or {}
    address = reachable(web.get("listen_address", "127.0.0.1:10016"), name, host)
    pilots = f"{running} of {status.get('target', 0)} pilots run"
    return f"{name} {scheme}://{address}: {pilots}; {status.get('sentence', '')}"


def awaits_calm(status: dict) -> bool:
    """Whether nothing but time, and a quiet owner, stands between a donor and its pilots."""
    limit = (status.get("limit") or {}).get("name")
    return limit in {"calm", "cpu"} and status.get("mode") != "dry-run"


def first_pilots(found: dict[str, dict | None], hosts: dict) -> str:
    """When there will be something to see, where there is nothing yet."""
    waiting = [hosts[name] for name, status in found.items() if status is not None and awaits_calm(status)]
    calm = [(host.get("agent_config_grow") or {}).get("calm_seconds", CALM_SECONDS) for host in waiting]
    return f"; the first come after about {min(calm):g} s of calm" if calm else ""


def donors(names: list[str], hosts: dict, secured: list[str]) -> list[str]:
    """All donors in one line, then those that need one of their own."""
    found = {name: answered(hosts[name].get("status_agent")) for name in names}
    here = [status for status in found.values() if status is not None]
    running = sum(pilot["state"] == "running" for status in here for pilot in status.get("pilots") or [])
    soon = "" if running else first_pilots(found, hosts)
    lines = [f"agents answer on {len(here)} of {len(names)} donors; {running} pilots run{soon}"]
    told = found if len(names) <= FEW else {name: status for name, status in found.items() if status is None}
    lines += [
        donor_line(name, hosts[name], status, "https" if name in secured else "http")
        for name, status in told.items()
    ]
    return lines + without_pool(names, hosts)


def some(names: list[str]) -> str:
    """A few of them, and how many more."""
    return ", ".join(names[:FEW]) + (f" and {len(names) - FEW} more" if len(names) > FEW else "")


def untold(names: list[str], hosts: dict, monitors: list[str]) -> list[str]:
    """Donors whose agents have just gone behind TLS, while their monitors may ask in plain text."""
    fresh = [
        name
        for name in names
        if "status_agent" in hosts[name] and said(hosts[name].get("authority_made")).get("first")
    ]
    away = [name for name in monitors if "status_targets" not in hosts[name]]
    if not (fresh and away):
        return []
    return [f"{some(fresh)}: behind TLS now, of which this run has not told {some(away)}"]


def without_pool(names: list[str], hosts: dict) -> list[str]:
    """Donors whose pilots cannot join their pool yet, with the reason of the first of them."""
    lines = []
    for key, reason, what in (
        ("htcondor_donor_imageless", "htcondor_donor_imageless", "an image"),
        ("htcondor_token_none", "htcondor_token_lacking", "a token"),
    ):
        lacking = [name for name in names if hosts[name].get(key)]
        if lacking:
            wait = f"HTCondor's pilots wait for {what}, which a later run brings"
            lines.append(f"{some(lacking)}: {wait}: {hosts[lacking[0]][reason]}")
    return lines


def stopped(names: list[str], hosts: dict) -> list[str]:
    """Why the roll-out of this run ended before its last wave, if it did."""
    return list(dict.fromkeys(line for name in names if (line := hosts[name].get("rollout_stopped"))))


def prometheus(host: dict) -> str:
    """Where it is, and how much it sees."""
    address = host.get("prometheus_listen_address") or "127.0.0.1:9090"
    answer = answered(host.get("status_targets"))
    if answer is None:
        return "does not answer"
    agents = [t for t in answer["data"]["activeTargets"] if t["labels"].get("job") == "plancton"]
    up = sum(target["health"] == "up" for target in agents)
    return f"http://{address}   sees {up} of {len(agents)} agents"


def alertmanager(host: dict) -> str:
    """Where it is, and that it is mute, if it is."""
    address = host.get("alertmanager_listen_address") or "127.0.0.1:9093"
    if answered(host.get("status_alertmanager")) is None:
        return "does not answer"
    mute = (
        "" if host.get("alertmanager_webhook_url") else "   tells nobody: alertmanager_webhook_url is not set"
    )
    return f"http://{address}{mute}"


def grafana(host: dict) -> str:
    """Where it is, or why it is not."""
    if answered(host.get("status_grafana")) is not None:
        return f"http://127.0.0.1:{host.get('grafana_port') or 3000}"
    absence = host.get("grafana_absence")
    return f"not here: {absence}; all else is complete" if absence else "not here"


def pool(host: dict) -> str:
    """What is in it."""
    answer = host.get("status_pool") or {}
    if answer.get("rc") != 0:
        return "does not answer"
    return str(json.loads(answer["stdout"])["say"])


def status_summary(
    groups: dict[str, list[str]], hosts: dict, secured: list[str], asked: list[str]
) -> list[str]:
    """The lines, for the callback plugin `closing`.

    `secured`: the donors whose agents speak TLS; `asked`: the hosts that this run is about.
    """
    asked_donors = [name for name in groups.get("donors", []) if name in asked]
    rows = [("Roll-out", line) for line in stopped(asked_donors, hosts)]
    rows += [("Donors", line) for line in donors(asked_donors, hosts, secured)] if asked_donors else []
    rows += [
        ("HTCondor pool", f"{name}: {pool(hosts[name])}") for name in groups.get("pools", []) if name in asked
    ]
    monitors = groups.get("monitors", [])
    rows += [("Prometheus", line) for line in untold(asked_donors, hosts, monitors)]
    for name in [name for name in monitors if name in asked]:
        host = hosts[name]
        alone = len(monitors) == 1 and host.get("ansible_connection") == "local"
        where = "" if alone else f"on {name}: "
        rows += [
            ("Prometheus", where + prometheus(host)),
            ("Alertmanager", where + alertmanager(host)),
            ("Grafana", where + grafana(host)),
        ]
    if groups.get("pools"):
        rows.append(("Submit", "on the pool's host: make demo; jobs of your own: docs/htcondor.md"))
    rows += [
        ("Look", "make status; on a donor: plancton status, plancton why, plancton doctor"),
        ("Stop", "on a donor: plancton pause 2h; all of it, everywhere: make down"),
    ]
    lines, last = ["Plancton"], ""
    for title, text in rows:
        lines.append(f"  {title if title != last else '':13} {text}")
        last = title
    return lines


def removal_summary(names: list[str], hosts: dict) -> list[str]:
    """What was removed from the hosts of this run, and what had to stay, with the reason."""
    done = [name for name in names if hosts[name].get("removal_engine_used") is not None]
    lines = [f"Plancton is removed from {len(done)} of {len(names)} hosts"]
    stays = {
        name: hosts[name].get("removal_engine_used")
        for name in done
        if hosts[name].get("removal_engine_stays")
    }
    return lines + [
        f"  {name}: the container engine stays, since it is used: {used}" for name, used in stays.items()
    ]


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict:
        """Names for templates."""
        return {"status_summary": status_summary, "removal_summary": removal_summary}
