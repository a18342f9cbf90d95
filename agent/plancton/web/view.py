"""The agent's state as JSON: what `plancton status` shows and what /status answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plancton import __version__
from plancton.model import Missing, Pilot
from plancton.report import Report
from plancton.web.signals import signals


def status(report: Report, name: str, config_path: str) -> dict[str, Any]:
    """One tick as plain values. Cores and seconds; times are Unix time."""
    seen, decision = report.seen, report.decision
    return {
        "name": name,
        "version": __version__,
        "mode": report.mode,
        "time": seen.wall,
        "sentence": report.sentence,
        "target": decision.target,
        "limit": {"name": decision.binding.name.value, "because": decision.binding.because},
        "limits": [
            {"name": x.name.value, "floor": x.floor, "ceiling": x.ceiling, "because": x.because}
            for x in decision.limits
        ],
        "cpu": _cpu(report),
        "memory": _memory(report),
        "signals": signals(seen.signals),
        "kinds": _kinds(report),
        "pilots": _pilots(report),
        "intent": {
            "kind": seen.wish.now(seen.wall).value,
            "until": seen.wish.until,
            "release_before": seen.wish.release_before,
            "by": seen.wish.by,
            "at": seen.wish.at,
            "deadline": seen.wish.deadline,
            "reason": seen.wish.reason,
            "for_operator": seen.wish.for_operator,
            "asked": seen.wish.asked,
        },
        "image": _told(report.seen.images, report),
        "software": _told(report.seen.software, report),
        "network": {"guarded": report.guarded, "missing": _told(report.seen.networks, report)},
        "sensors": dict(report.sensors),
        "pool_weight_is_lowest": report.weight is None,
        "config": {"file": config_path, "loaded_at": report.loaded_at, "error": report.reload_error},
    }


def _cpu(report: Report) -> dict[str, Any] | None:
    rates = report.seen.rates
    if isinstance(rates, Missing):
        return None
    return {
        "cores": round(rates.capacity_cores, 3),
        "owner_cores": round(rates.owner_cores, 3),
        "pilot_cores": round(rates.pilot_cores, 3),
    }


def _memory(report: Report) -> dict[str, Any] | None:
    memory = report.seen.memory
    if isinstance(memory, Missing):
        return None
    return {"total_bytes": memory.total_bytes, "available_bytes": memory.available_bytes}


def _kinds(report: Report) -> list[dict[str, Any]]:
    quotas = report.decision.kinds
    shares = sum(quota.kind.share for quota in quotas)
    return [
        {
            "name": quota.kind.name,
            "share": round(quota.kind.share / shares, 4),
            "pilots": quota.there,
            "cores": round(quota.cores, 3),
            "most": quota.most,
            "because": quota.because or None,
            "failures": quota.failures,
            "no_work": quota.no_work,
            "retry_seconds": round(quota.retry_seconds, 1),
            "demand": _demand(report, quota.kind.name),
            "ended": dict(report.ended.get(quota.kind.name, {})),
        }
        for quota in quotas
    ]


def _demand(report: Report, kind: str) -> str | None:
    """Why nobody knows whether there is work, where somebody is asked."""
    reading = report.seen.demand.get(kind)
    return reading.why if isinstance(reading, Missing) else None


def _told(found: Mapping[str, Missing | None], report: Report) -> str | None:
    """Why pilots of some kinds cannot be started; of one kind alone its name is not told."""
    missing = [(kind, one.why) for kind, one in found.items() if one is not None]
    single = len(report.decision.kinds) == 1
    return "; ".join(why if single else f"{kind}: {why}" for kind, why in missing) or None


def _pilots(report: Report) -> list[dict[str, Any]] | None:
    pilots = report.seen.pilots
    if isinstance(pilots, Missing):
        return None
    wall = report.seen.wall
    rows = [
        _pilot(p, state, wall, report.cpu_seconds.get(p.id))
        for state, there in (
            ("running", (*pilots.running, *pilots.thawing)),
            ("frozen", (*pilots.frozen, *pilots.freezing)),
            ("stopping", pilots.stopping),
            ("releasing", pilots.releasing),
        )
        for p in there
    ]
    rows += [
        {
            "id": None,
            "name": start.name,
            "kind": start.kind,
            "state": "starting",
            "age_seconds": 0.0,
            "spec": None,
        }
        for start in pilots.starting
    ]
    return sorted(rows, key=lambda row: -row["age_seconds"])


def _pilot(pilot: Pilot, state: str, wall: float, cpu_seconds: float | None) -> dict[str, Any]:
    age = round(max(wall - pilot.created_at, 0.0), 1)
    return {
        "id": pilot.id[:12],
        "name": pilot.name,
        "kind": pilot.kind,
        "state": state,
        "age_seconds": age,
        "cpu_seconds": None if cpu_seconds is None else round(cpu_seconds, 1),
        "spec": pilot.spec,
    }


def why_not_ready(report: Report | None) -> str | None:
    """None when the agent does its whole job; else the first thing that is missing."""
    if report is None:
        return "the first look at the host is not over"
    if isinstance(report.seen.pilots, Missing):
        return f"engine: {report.seen.pilots.why}"
    blind = [name for name, up in report.sensors.items() if not up]
    if blind:
        return f"no reading from: {', '.join(blind)}"
    missing = {
        "image": _told(report.seen.images, report),
        "software": _told(report.seen.software, report),
        "network": _told(report.seen.networks, report),
    }
    return next((f"{what}: {why}" for what, why in missing.items() if why), None)
