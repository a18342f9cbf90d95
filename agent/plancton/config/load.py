"""A YAML file becomes a Config, or one sentence that names the file, the line and the key."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from plancton.config.policy_of import policy_of
from plancton.config.schema import Config
from plancton.config.values import Unfit

T = TypeVar("T")

# A configuration is a page of text. Refusing more keeps a mistaken path from filling the memory.
LARGEST_FILE_BYTES = 256 * 1024


class ConfigError(Exception):
    """The configuration cannot be used. The message is one sentence that names the place."""


def load(path: Path) -> Config:
    """Read and check a file. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
        if len(content) > LARGEST_FILE_BYTES:
            raise ConfigError(f"{path}: is larger than {LARGEST_FILE_BYTES} bytes")
        return parse(content.decode("utf-8"), str(path))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not text in UTF-8") from None


def parse(content: str, source: str) -> Config:
    """Check the text of a configuration; `source` is what error messages call it."""
    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
        raw = _Values(source).construct_document(root) if root is not None else {}
    except yaml.YAMLError as error:
        raise ConfigError(_told(error, source)) from None
    except RecursionError:
        raise ConfigError(f"{source}: is nested too deeply") from None
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        # The library lets its converters' own errors through: a date with a month 13, `!!int foo`.
        raise ConfigError(f"{source}: is not valid YAML: {error}") from None
    reader = _Reader(source, _lines(root))
    config = reader.section(Config, {} if raw is None else raw, ())
    _check_sums(config, source)
    return config


class _Values(yaml.constructor.SafeConstructor):
    """Plain values from nodes, and only what a page of settings needs.

    A key that stands twice is refused: YAML would take the last in silence. So are merge keys, which
    a few lines can blow up to any size.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - the signature is the library's
        seen: set[str] = set()
        for key_node, _ in node.value:
            place = f"{self._source}:{key_node.start_mark.line + 1}"
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigError(f"{place}: a key must be a name")
            if key_node.value == "<<":
                raise ConfigError(f"{place}: merge keys (<<) are not supported")
            if key_node.value in seen:
                raise ConfigError(f"{place}: {key_node.value} stands there twice")
            seen.add(key_node.value)
        return super().construct_mapping(node, deep=deep)


def _told(error: yaml.YAMLError, source: str) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"{source}:{mark.line + 1}" if mark is not None else source
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"{place}: is not valid YAML: {problem}"


def _lines(node: yaml.Node | None, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], int]:
    """The line of every key, by its path."""
    found: dict[tuple[str, ...], int] = {}
    # Two levels are all that the schema has; deeper ones may be anything, even self-referring.
    if isinstance(node, yaml.MappingNode) and len(path) < 2:  # noqa: PLR2004
        for key_node, value_node in node.value:
            here = (*path, str(key_node.value))
            found[here] = key_node.start_mark.line + 1
            found.update(_lines(value_node, here))
    return found


class _Reader:
    def __init__(self, source: str, lines: dict[tuple[str, ...], int]) -> None:
        self._source = source
        self._lines = lines

    def section(self, cls: type[T], raw: Any, path: tuple[str, ...]) -> T:
        if raw is None and path:
            raw = {}
        if not isinstance(raw, dict):
            raise self._error(path, "must be a mapping of keys to values")
        known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
        for key in raw:
            if key not in known:
                raise self._error((*path, str(key)), "is not a known key" + _near(str(key), known))
        values = {}
        for key, value in raw.items():
            here = (*path, key)
            default = known[key].default
            if is_dataclass(default):
                values[key] = self.section(type(default), value, here)
                continue
            try:
                values[key] = known[key].metadata["kind"].read(value)
            except Unfit as unfit:
                raise self._error(here, str(unfit)) from None
        return cls(**values)

    def _error(self, path: tuple[str, ...], problem: str) -> ConfigError:
        line = self._lines.get(path)
        place = self._source if line is None else f"{self._source}:{line}"
        return ConfigError(f"{place}: {'.'.join(path) or 'the file'} {problem}")


def _near(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _check_sums(config: Config, source: str) -> None:
    """What is right key by key and wrong together."""
    if config.release.tolerance_cores <= config.grow.tolerance_cores:
        raise ConfigError(
            f"{source}: release.tolerance_cores ({config.release.tolerance_cores:g}) is not above "
            f"grow.tolerance_cores ({config.grow.tolerance_cores:g}): "
            "pilots would be started and killed in turn"
        )
    if config.grow.backoff_max_seconds < config.grow.backoff_first_seconds:
        raise ConfigError(
            f"{source}: grow.backoff_max_seconds ({config.grow.backoff_max_seconds:g}) is below "
            f"grow.backoff_first_seconds ({config.grow.backoff_first_seconds:g})"
        )
    targets = [m.target for m in config.pilot.mounts] + [target for target, _ in config.pilot.tmpfs]
    twice = next((t for t in targets if targets.count(t) > 1), None)
    if twice is not None:
        raise ConfigError(f"{source}: pilot.mounts and pilot.tmpfs use {twice} twice")


def check_against_host(config: Config, cores: int, memory_bytes: int, source: str) -> None:
    """What is impossible on this host. Raises ConfigError."""
    pool = config.pool
    reserve = pool.reserve_cores
    if reserve is not None and reserve > cores:
        raise ConfigError(f"{source}: pool.reserve_cores is {reserve:g}, but this host has {cores} cores")
    if pool.cpus_per_pilot > cores:
        raise ConfigError(
            f"{source}: pool.cpus_per_pilot is {pool.cpus_per_pilot:g}, but this host has {cores} cores"
        )
    fits = cores + policy_of(config).grow_slack_cores
    if reserve is not None and pool.max_pilots != 0 and reserve + pool.cpus_per_pilot > fits:
        raise ConfigError(
            f"{source}: pool.reserve_cores ({reserve:g}) and pool.cpus_per_pilot ({pool.cpus_per_pilot:g}) "
            f"together are above this host's {cores} cores: no pilot could ever run"
        )
    if pool.reserve_memory is not None and pool.reserve_memory > memory_bytes:
        raise ConfigError(
            f"{source}: pool.reserve_memory is {pool.reserve_memory} bytes, "
            f"but this host has {memory_bytes} bytes"
        )
    if pool.memory_per_pilot > memory_bytes:
        raise ConfigError(
            f"{source}: pool.memory_per_pilot is {pool.memory_per_pilot} bytes, "
            f"but this host has {memory_bytes} bytes"
        )
