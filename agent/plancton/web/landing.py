"""The page for people who open the agent's address in a browser. It runs nothing and trusts no name."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from plancton.spoken import counted, duration, moment

# How many of the last decisions are shown.
DECISIONS = 20
REFRESH_SECONDS = 10
GIB = 1024**3

STYLE = """
:root { color-scheme: light dark; --owner: #2f81f7; --pilots: #3fa45b; --warn: #c77700 }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884 }
time, .n { white-space: nowrap; font-variant-numeric: tabular-nums }
.why { font-size: 1.15rem }
.warn, .stopping, .releasing { color: var(--warn) }
.frozen { color: var(--owner) }
.bar { display: flex; height: 1rem; border-radius: .25rem; overflow: hidden; background: #8883 }
.owner { background: var(--owner) }
.pilots { background: var(--pilots) }
"""
HEAD = (
    "<!doctype html><html lang=en><meta charset=utf-8>"
    "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "<meta name=viewport content='width=device-width'>"
    f"<meta http-equiv=refresh content={REFRESH_SECONDS}><style>{STYLE}</style>"
)
# Not every state: the rest looks as running does.
STATES = {"frozen", "stopping", "releasing"}


def page(status: dict[str, Any] | None, decisions: list[dict[str, Any]], now: float) -> str:
    """The host in a sentence, its CPU and pilots, the last decisions, and links. `now` is Unix time."""
    name = escape(status["name"]) if status else "Plancton"
    parts = (_now(status, decisions), _cpu(status), _kinds(status), _pilots(status)) if status else ()
    shown = "".join(parts) or FIRST_LOOK
    return (
        f"{HEAD}<title>{name}</title><h1>{name}</h1>{shown}{_decisions(decisions, now)}"
        "<p><a href=/metrics>Metrics</a> · <a href=/status>Status as JSON</a> · "
        "<a href=/why>Decisions as JSON</a> · "
        "<a href=/-/healthy>Health</a> · <a href=/-/ready>Readiness</a></p></html>\n"
    )


FIRST_LOOK = "<p class=why>The agent takes its first look at the host.</p>"


def _now(status: dict[str, Any], decisions: list[dict[str, Any]]) -> str:
    since = ""
    if decisions:
        at = decisions[-1]["at"]
        since = f", since {_time(at, status['time'])} ({duration(status['time'] - at)})"
    limit = escape(status["limit"]["name"])
    warnings = []
    if not status["pool_weight_is_lowest"] and status["mode"] != "dry-run":
        warnings.append("Pilots do not have the lowest CPU weight: run <code>plancton doctor</code>.")
    if status["software"]:
        warnings.append(f"Software of this host is missing: {escape(status['software'])}.")
    if status["config"]["error"]:
        warnings.append(f"The changed configuration is not in force: {escape(status['config']['error'])}.")
    return (
        f"<p class=why>{escape(status['sentence'])}.</p>"
        f"<p>The limit that binds is <b>{limit}</b>{since}. Mode {escape(status['mode'])}.</p>"
        + "".join(f"<p class=warn>{warning}</p>" for warning in warnings)
    )


def _cpu(status: dict[str, Any]) -> str:
    cpu, memory = status["cpu"], status["memory"]
    told, bar = [], ""
    if cpu:
        cores, owner, pilots = cpu["cores"], cpu["owner_cores"], cpu["pilot_cores"]
        idle = max(cores - owner - pilots, 0.0)
        told.append(f"CPU: owner {owner:.2f}, pilots {pilots:.2f}, idle {idle:.2f} of {cores:.2f} cores.")
        parts = (("owner", owner), ("pilots", pilots))
        share = "".join(f"<i class={c} style=width:{x / (cores or 1.0):.1%}></i>" for c, x in parts)
        bar = f"<div class=bar>{share}</div>"
    if memory:
        available, total = memory["available_bytes"] / GIB, memory["total_bytes"] / GIB
        told.append(f"Memory: {available:.1f} of {total:.1f} GiB are available.")
    return f"{bar}<p>{' '.join(told)}</p>" if told else ""


def _kinds(status: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(kind['name'])}<td class=n>{kind['share']:.0%}<td class=n>{kind['pilots']}"
        f"<td>{escape(counted(kind['ended']))}<td>{escape(kind['because'] or '')}"
        for kind in status["kinds"]
    )
    head = "<tr><th>kind<th>share<th>pilots<th>ended so far<th>what holds it"
    return f"<h2>Kinds of pilots</h2><table>{head}{rows}</table>"


def _pilots(status: dict[str, Any]) -> str:
    pilots = status["pilots"]
    if pilots is None:
        return "<h2>Pilots</h2><p>The engine cannot say which pilots there are.</p>"
    if not pilots:
        return "<h2>Pilots</h2><p>No pilots.</p>"
    rows = "".join(
        f"<tr><td>{escape(p['name'])}<td>{escape(p['kind'])}{_state(p['state'])}"
        f"<td class=n>{duration(p['age_seconds'])}<td class=n>{_used(p.get('cpu_seconds'))}"
        for p in pilots
    )
    return f"<h2>Pilots</h2><table><tr><th>pilot<th>kind<th>state<th>age<th>CPU time{rows}</table>"


def _used(cpu_seconds: float | None) -> str:
    return "" if cpu_seconds is None else duration(cpu_seconds)


def _state(state: str) -> str:
    return f"<td class={state}>{state}" if state in STATES else f"<td>{escape(state)}"


def _decisions(decisions: list[dict[str, Any]], now: float) -> str:
    """The newest first: it is what somebody who opens the page looks for."""
    rows = "".join(
        f"<tr><td>{_time(entry['at'], now)}<td class=n>{_held(entry)}<td>{escape(entry['sentence'])}"
        for entry in reversed(decisions)
    )
    return f"<h2>Last decisions</h2><table><tr><th>at<th>held for<th>decision{rows}</table>"


def _held(entry: dict[str, Any]) -> str:
    seconds = entry["until"] - entry["at"]
    return duration(seconds) if seconds >= 1 else ""


def _time(wall: float, now: float) -> str:
    exact = datetime.fromtimestamp(wall).astimezone().isoformat(timespec="seconds")
    return f"<time datetime={exact}>{moment(wall, now)}</time>"
