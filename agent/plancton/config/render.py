"""The sample file and the reference, made from the schema so that they cannot lie."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from typing import Any

import yaml

from plancton.config.schema import KEYS_OF_A_KIND, KIND_SHARE, Config, Mount


def _default(field: Field[Any]) -> str:
    """The default as a line of YAML."""
    value = field.metadata["kind"].write(field.default)
    dumped: str = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)
    return dumped.removesuffix("...\n").strip()


def sample() -> str:
    """A file with every key at its default, commented out, and what it is for."""
    head = "# Configuration of the Plancton agent. Every key may be left out; shown are the defaults.\n"
    return head + "\n".join(_sample(Config, "")) + "\n"


def _sample(cls: type, indent: str) -> Iterator[str]:
    for field in fields(cls):
        yield ""
        if is_dataclass(field.default):
            for paragraph in _paragraphs(type(field.default)):
                yield from _comment(paragraph, indent)
            yield f"{indent}{field.name}:"
            yield from _sample(type(field.default), indent + "  ")
            continue
        doc = f"{field.metadata['doc']} {_sentence(field.metadata['kind'].called)}"
        yield from _comment(doc, indent)
        yield f"{indent}# {field.name}: {_default(field)}"


def _paragraphs(section: type) -> list[str]:
    return inspect.cleandoc(section.__doc__ or "").split("\n\n")


def _comment(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def reference() -> str:
    """The reference in Markdown: one table a section."""
    top = [f for f in fields(Config) if not is_dataclass(f.default)]
    lines = ["# Configuration reference", "", _INTRODUCTION, "", "## Top level", "", *_table(top)]
    for field in fields(Config):
        if is_dataclass(field.default):
            section: Any = type(field.default)
            about = "\n\n".join(_paragraphs(section))
            lines += ["", f"## `{field.name}`", "", about, "", *_table(list(fields(section)))]
    lines += ["", "An element of `pilot.mounts` has the keys " + _keys(Mount) + "."]
    lines += ["", "## `kinds`", "", *_kinds(), ""]
    return "\n".join(lines)


def _kinds() -> Iterator[str]:
    yield f"Each kind has its `share`, its weight among the kinds ({KIND_SHARE.called}; 1 if it is left out),"
    yield "and any of the keys that follow, with the values and meanings that they have in their sections."
    yield "What a kind leaves out it has from there."
    yield ""
    yield "| section | keys |"
    yield "|---|---|"
    for section, keys in KEYS_OF_A_KIND.items():
        yield f"| `{section}` | {', '.join(f'`{key}`' for key in keys)} |"
    yield ""
    yield "`max_pilots` of a kind limits that kind, that of `pool` all of them together."
    yield "[kinds.md](kinds.md) has an example."


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
        called, doc = field.metadata["kind"].called, field.metadata["doc"]
        yield f"| `{field.name}`{mark} | `{_default(field)}` | {called} | {doc} |"


def _keys(cls: type) -> str:
    return ", ".join(f"`{f.name}`" for f in fields(cls))


def _sentence(called: str) -> str:
    return called[0].upper() + called[1:] + "."
