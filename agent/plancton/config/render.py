"""The sample file and the reference, made from the schema so that they cannot lie."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from typing import Any

import yaml

from plancton.config.schema import Config, Mount


def plain(value: Any, field: Field[Any] | None = None) -> Any:
    """A configuration value as YAML writes it."""
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name), f) for f in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        pairs = field is not None and field.metadata["kind"].called.startswith("a mapping, each")
        return dict(value) if pairs else [plain(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def sample() -> str:
    """A file with every key at its default, commented out, and what it is for."""
    head = "# Configuration of the Plancton agent. Every key may be left out; shown are the defaults.\n"
    return head + "\n".join(_sample(Config, "")) + "\n"


def _sample(cls: type, indent: str) -> Iterator[str]:
    for field in fields(cls):
        yield ""
        if is_dataclass(field.default):
            yield f"{indent}# {type(field.default).__doc__}"
            yield f"{indent}{field.name}:"
            yield from _sample(type(field.default), indent + "  ")
            continue
        doc = f"{field.metadata['doc']} {_sentence(field.metadata['kind'].called)}"
        yield from textwrap.wrap(doc, 100, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")
        yield f"{indent}# {field.name}: {_inline(plain(field.default, field))}"


def reference() -> str:
    """The reference in Markdown: one table a section."""
    top = [f for f in fields(Config) if not is_dataclass(f.default)]
    lines = ["# Configuration reference", "", _INTRODUCTION, "", "## Top level", "", *_table(top)]
    for field in fields(Config):
        if is_dataclass(field.default):
            section: Any = type(field.default)
            lines += ["", f"## `{field.name}`", "", str(section.__doc__), "", *_table(list(fields(section)))]
    lines += ["", "An element of `pilot.mounts` has the keys " + _keys(Mount) + ".", ""]
    return "\n".join(lines)


_INTRODUCTION = (
    "Made from the schema by `plancton sample-config --reference`. Every key may be left out; unknown keys\n"
    "are refused. The file is read again when it changes and on SIGHUP; a file that does not fit keeps the\n"
    "configuration in force. Keys marked † are taken in at the next start of the agent."
)


def _table(options: list[Field[Any]]) -> Iterator[str]:
    yield "| key | default | value | meaning |"
    yield "|---|---|---|---|"
    for field in options:
        mark = " †" if field.metadata["at_start"] else ""
        default = _inline(plain(field.default, field))
        called, doc = field.metadata["kind"].called, field.metadata["doc"]
        yield f"| `{field.name}`{mark} | `{default}` | {called} | {doc} |"


def _keys(cls: type) -> str:
    return ", ".join(f"`{f.name}`" for f in fields(cls))


def _sentence(called: str) -> str:
    return called[0].upper() + called[1:] + "."


def _inline(value: Any) -> str:
    """One line of YAML."""
    dumped: str = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)
    return dumped.removesuffix("...\n").strip()
