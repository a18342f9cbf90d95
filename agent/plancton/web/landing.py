"""The page for people who open the agent's address in a browser."""

from __future__ import annotations

from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884 }
.why { font-size: 1.15rem }
"""


def page(status: dict[str, Any] | None, history: list[dict[str, Any]]) -> str:
    """The host in a sentence, its pilots, the last decisions, and links."""
    name = escape(status["name"]) if status else "Plancton"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{name}</title>"
        f"<meta http-equiv=refresh content=10><style>{STYLE}</style><h1>{name}</h1>"
        f"{_now(status)}{_pilots(status)}{_history(history)}"
        "<p><a href=/metrics>Metrics</a> · <a href=/status>Status as JSON</a> · "
        "<a href=/-/healthy>Health</a> · <a href=/-/ready>Readiness</a></p></html>"
    )


def _now(status: dict[str, Any] | None) -> str:
    if status is None:
        return "<p class=why>The agent takes its first look at the host.</p>"
    return f"<p class=why>{escape(status['sentence'])}.</p><p>Mode {escape(status['mode'])}.</p>"


def _pilots(status: dict[str, Any] | None) -> str:
    pilots = status["pilots"] if status else None
    if not pilots:
        return "<p>No pilots.</p>"
    rows = "".join(
        f"<tr><td>{escape(p['name'])}<td>{escape(p['kind'])}<td>{p['state']}<td>{p['age_seconds']:.0f} s"
        for p in pilots
    )
    return f"<table><tr><th>pilot<th>kind<th>state<th>age{rows}</table>"


def _history(history: list[dict[str, Any]]) -> str:
    latest = "".join(f"<li>{escape(entry['sentence'])}" for entry in reversed(history[-10:]))
    return f"<h2>Last decisions</h2><ul>{latest}</ul>"
