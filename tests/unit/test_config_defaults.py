"""The schema, the sample and the reference say the same, and all of it can be loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from typing import Any

import pytest
import yaml

from plancton.config.load import parse
from plancton.config.policy_of import policy_of
from plancton.config.render import reference, sample
from plancton.config.schema import Config
from plancton.core.hours import Hours
from plancton.core.policy import Policy
from plancton.core.thresholds import Battery, Thresholds


def options(section: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Field[Any]]]:
    """Every option with its path."""
    for field in fields(section or Config):
        if is_dataclass(field.default):
            yield from options(type(field.default), (*path, field.name))
        else:
            yield (*path, field.name), field


OPTIONS = [pytest.param(*option, id=".".join(option[0])) for option in options()]


def nested(path: tuple[str, ...], value: object) -> str:
    """A file with that one key."""
    for key in reversed(path):
        value = {key: value}
    return yaml.safe_dump(value)


@pytest.mark.parametrize("content", ["", "# nothing\n", "---\n", "{}", "pool:\n", "pool: {}\ngrow:\n"])
def test_an_empty_file_is_the_defaults(content: str) -> None:
    assert parse(content, "f") == Config()


@pytest.mark.parametrize(("path", "field"), OPTIONS)
def test_every_default_is_accepted_as_a_value(path: tuple[str, ...], field: Field[Any]) -> None:
    assert parse(nested(path, field.metadata["kind"].write(field.default)), "f") == Config()


@pytest.mark.parametrize(("path", "field"), OPTIONS)
def test_every_option_has_a_sentence_and_stands_in_sample_and_reference(
    path: tuple[str, ...], field: Field[Any]
) -> None:
    assert re.fullmatch(r"[A-Za-z].*[.]", field.metadata["doc"], re.DOTALL)
    assert re.search(rf"^ *# {path[-1]}: ", sample(), re.MULTILINE)
    assert f"| `{path[-1]}`" in reference()


def test_the_sample_is_the_defaults_as_it_stands() -> None:
    assert parse(sample(), "f") == Config()


def test_the_sample_is_the_defaults_with_every_key_uncommented() -> None:
    """A comment that begins like a key at its own indent is one."""
    names = "|".join({path[-1] for path, _ in options()})
    uncommented = re.sub(rf"^( *)# ((?:{names}): )", r"\1\2", sample(), flags=re.MULTILINE)
    assert len(re.findall(rf"^ *(?:{names}): ", uncommented, re.MULTILINE)) == len(OPTIONS)
    assert parse(uncommented, "f") == Config()


def test_the_policy_gets_the_numbers_of_the_configuration() -> None:
    assert policy_of(Config()) == Policy()
    content = """
    mode: dedicated
    pool: {max_pilots: 3, reserve_cores: 2, cpus_per_pilot: 1.5, memory_per_pilot: 1GiB, reserve_memory: 2GiB}
    grow: {calm_seconds: 7, ramp_pilots: 4, tolerance_cores: 0.1, fizzle_seconds: 9}
    release: {tolerance_cores: 0.7, kill_after_seconds: 11}
    pilot: {kind: htcondor, ttl_seconds: 3600}
    signals: {hours: [sat], presence_grace_seconds: 900, exclusive_applications: [matlab], battery: ignore,
      temperature_most_celsius: 85, pressure_cpu_most_share: 0.1, pressure_io_most_share: 0.2,
      pressure_memory_most_share: 0.3, disk_free_least_share: null}
    """
    policy = policy_of(parse(content, "f"))
    kind = policy.default
    assert (policy.mode.value, kind.name, policy.max_pilots, policy.reserve_cores) == (
        "dedicated",
        "htcondor",
        3,
        2.0,
    )
    assert (kind.memory_bytes, policy.reserve_memory_bytes) == (1024**3, 2 * 1024**3)
    saturday, apart = (Hours(frozenset({5})),), (0.1, 0.2, 0.3, None)
    assert policy.signals == Thresholds(saturday, 900.0, ("matlab",), Battery.IGNORE, 85.0, *apart)
    assert (policy.calm_seconds, policy.ramp_pilots, kind.fizzle_seconds) == (7.0, 4, 9.0)
    assert (policy.grow_tolerance_cores, policy.release_tolerance_cores) == (0.1, 0.7)
    assert (policy.kill_after_seconds, kind.ttl_seconds, kind.cpus) == (11.0, 3600.0, 1.5)
