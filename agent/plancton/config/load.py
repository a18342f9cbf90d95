"""A YAML file becomes a Config, or one sentence that names the file, the line and the key."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from plancton.config.one_kind import OneKind, kinds_of
from plancton.config.policy_of import policy_of
from plancton.config.schema import Config, Web
from plancton.config.software import INSIDE, Software
from plancton.config.values import Unfit, unknown

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
    reader = _Reader(source, root)
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


def _line(node: yaml.Node | None, path: tuple[str, ...]) -> int | None:
    """The line of a key. Looked for when it is asked for: a table of all could be made to be of any size."""
    line = None
    for key in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next(((k, value) for k, value in pairs if str(k.value) == key), None)
        if found is None:
            return None
        line, node = found[0].start_mark.line + 1, found[1]
    return line


class _Reader:
    def __init__(self, source: str, root: yaml.Node | None) -> None:
        self._source = source
        self._root = root

    def section(self, cls: type[T], raw: Any, path: tuple[str, ...]) -> T:
        if raw is None and path:
            raw = {}
        if not isinstance(raw, dict):
            raise self._error(path, "must be a mapping of keys to values")
        known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
        values = {}
        try:
            for key in raw:
                if key not in known:
                    raise unknown(key, known)
            for key, value in raw.items():
                default = known[key].default
                if is_dataclass(default):
                    values[key] = self.section(type(default), value, (*path, key))
                else:
                    values[key] = _read(known[key], value)
        except Unfit as unfit:
            raise self._error((*path, *unfit.path), str(unfit)) from None
        return cls(**values)

    def _error(self, path: tuple[str, ...], problem: str) -> ConfigError:
        line = _line(self._root, path)
        place = self._source if line is None else f"{self._source}:{line}"
        return ConfigError(f"{place}: {'.'.join(path) or 'the file'} {problem}")


def _read(field: Field[Any], value: Any) -> Any:
    try:
        return field.metadata["kind"].read(value)
    except Unfit as unfit:
        raise Unfit(str(unfit), (field.name, *unfit.path)) from None


def _check_sums(config: Config, source: str) -> None:
    """What is right key by key and wrong together."""
    if config.release.tolerance_cores <= config.grow.tolerance_cores:
        raise ConfigError(
            f"{source}: release.tolerance_cores ({config.release.tolerance_cores:g}) is not above "
            f"grow.tolerance_cores ({config.grow.tolerance_cores:g}): "
            "pilots would be started and killed in turn"
        )
    _check_web(config.web, source)
    for one in kinds_of(config):
        _check_sums_of_kind(one, source)


def _check_web(web: Web, source: str) -> None:
    if (web.tls_certificate_file is None) != (web.tls_key_file is None):
        raise ConfigError(f"{source}: web.tls_certificate_file and web.tls_key_file need each other")
    if web.tls_client_ca_file is not None and web.tls_certificate_file is None:
        raise ConfigError(
            f"{source}: web.tls_client_ca_file needs web.tls_certificate_file: "
            "without TLS no client shows a certificate"
        )


def _check_sums_of_kind(one: OneKind, source: str) -> None:
    grow, pilot = one.config.grow, one.config.pilot
    for wait in ("backoff", "no_work"):
        first, most = f"{wait}_first_seconds", f"{wait}_max_seconds"
        least, longest = getattr(grow, first), getattr(grow, most)
        if longest < least:
            numbers = f"({longest:g}) is below {one.place_of('grow', first)} ({least:g})"
            raise ConfigError(f"{source}: {one.place_of('grow', most)} {numbers}")
    targets = [m.target for m in pilot.mounts] + [target for target, _ in pilot.tmpfs]
    twice = next((t for t in targets if targets.count(t) > 1), None)
    if twice is not None:
        mounts, tmpfs = one.place_of("pilot", "mounts"), one.place_of("pilot", "tmpfs")
        raise ConfigError(f"{source}: {mounts} and {tmpfs} use {twice} twice")
    if pilot.software is Software.CVMFS and INSIDE in targets:
        software = one.place_of("pilot", "software")
        raise ConfigError(f"{source}: {software} is cvmfs and takes {INSIDE}, so no other mount may")


def check_against_host(config: Config, cores: int, memory_bytes: int, source: str) -> None:
    """What is impossible on this host. Raises ConfigError."""
    pool = config.pool
    reserve = pool.reserve_cores
    if reserve is not None and reserve > cores:
        raise ConfigError(f"{source}: pool.reserve_cores is {reserve:g}, but this host has {cores} cores")
    if pool.reserve_memory is not None and pool.reserve_memory > memory_bytes:
        raise ConfigError(
            f"{source}: pool.reserve_memory is {pool.reserve_memory} bytes, "
            f"but this host has {memory_bytes} bytes"
        )
    for one in kinds_of(config):
        _check_kind_against_host(one, cores, memory_bytes, source)


def _check_kind_against_host(one: OneKind, cores: int, memory_bytes: int, source: str) -> None:
    pool, policy = one.config.pool, policy_of(one.config)
    cpus = one.place_of("pool", "cpus_per_pilot")
    if pool.cpus_per_pilot > cores:
        raise ConfigError(f"{source}: {cpus} is {pool.cpus_per_pilot:g}, but this host has {cores} cores")
    fits = cores + policy.grow_slack_of(policy.default)
    reserve = pool.reserve_cores
    if reserve is not None and pool.max_pilots != 0 and reserve + pool.cpus_per_pilot > fits:
        raise ConfigError(
            f"{source}: pool.reserve_cores ({reserve:g}) and {cpus} ({pool.cpus_per_pilot:g}) "
            f"together are above this host's {cores} cores: no pilot could ever run"
        )
    if pool.memory_per_pilot > memory_bytes:
        raise ConfigError(
            f"{source}: {one.place_of('pool', 'memory_per_pilot')} is {pool.memory_per_pilot} bytes, "
            f"but this host has {memory_bytes} bytes"
        )
