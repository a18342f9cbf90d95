"""The file over time: a change is taken in, a mistake keeps what is in force."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from plancton.config.load import ConfigError
from plancton.config.policy_of import policy_of
from plancton.config.schema import Config, Pool
from plancton.config.source import ConfigSource


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "plancton.yml"
    file.write_text("pool: {max_pilots: 1}")
    return file


def replace_file(path: Path, content: str) -> None:
    """As editors and Ansible do it: another file takes the name."""
    other = path.with_suffix(".new")
    other.write_text(content)
    other.replace(path)


def test_without_a_file_the_defaults_hold_and_nothing_is_read_again() -> None:
    source = ConfigSource(None)
    assert source.config == Config()
    assert not source.refresh()
    assert not source.refresh(now=True)


def test_an_agent_does_not_start_with_a_file_that_cannot_be_used(path: Path) -> None:
    path.write_text("pool: {max_pilot: 1}")
    with pytest.raises(ConfigError):
        ConfigSource(path)


def test_a_change_is_taken_in_once(path: Path) -> None:
    source = ConfigSource(path)
    assert not source.refresh()
    replace_file(path, "pool: {max_pilots: 2}")
    assert source.refresh()
    assert source.config.pool.max_pilots == 2
    assert not source.refresh()


def test_kinds_come_and_go_with_the_file(path: Path) -> None:
    source = ConfigSource(path)
    replace_file(path, "kinds: {alice: {share: 60, cpus_per_pilot: 0.5}, local: {share: 40}}")
    assert source.refresh()
    assert [(kind.name, kind.share, kind.cpus) for kind in policy_of(source.config).kinds] == [
        ("alice", 60.0, 0.5),
        ("local", 40.0, 1.0),
    ]
    replace_file(path, "kinds: {local: {}}")
    assert source.refresh()
    assert [kind.name for kind in policy_of(source.config).kinds] == ["local"]
    replace_file(path, "kinds: {local: {shar: 1}}")
    assert not source.refresh()
    assert [kind.name for kind in policy_of(source.config).kinds] == ["local"]


def test_a_signal_reads_again_without_a_change(path: Path) -> None:
    assert ConfigSource(path).refresh(now=True)


@pytest.mark.parametrize(
    "content", ["pool: {max_pilot: 2}", "pool: [", "pool: {reserve_cores: 99999}", "\x00"]
)
def test_a_mistake_keeps_the_old_configuration_and_is_told_once(
    path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    source = ConfigSource(path)
    loaded_at = source.loaded_at
    replace_file(path, content)
    assert [source.refresh() for _ in range(3)] == [False, False, False]
    assert source.config.pool.max_pilots == 1
    assert source.loaded_at == loaded_at
    assert source.error is not None
    assert source.error.startswith(str(path))
    assert len(caplog.records) == 1


def test_a_file_that_vanishes_keeps_the_configuration_and_may_come_back(path: Path) -> None:
    source = ConfigSource(path)
    path.unlink()
    assert not source.refresh()
    assert source.config.pool.max_pilots == 1
    path.write_text("pool: {max_pilots: 3}")
    assert source.refresh()
    assert (source.config.pool.max_pilots, source.error) == (3, None)


def test_keys_that_count_at_the_start_are_warned_about(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = ConfigSource(path)
    replace_file(path, "web: {listen_address: ':1'}\nname: other\ngrow: {calm_seconds: 1}\n")
    with caplog.at_level(logging.WARNING, "plancton"):
        source.refresh()
    assert [r.getMessage() for r in caplog.records] == [
        f"{path}: {key} has changed and is taken in at the next start"
        for key in ("name", "web.listen_address")
    ]


def test_what_counts_at_the_start_stays_as_it_was_until_then(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An agent that labels its pilots with a new name would not find them again: it would start more."""
    source = ConfigSource(path)
    replace_file(
        path,
        "{name: other, pool: {max_pilots: 2}, engine: {url: 'tcp://localhost:1'},"
        " web: {listen_address: ':1'}, paths: {run_directory: /elsewhere}}",
    )
    with caplog.at_level(logging.WARNING, "plancton"):
        assert source.refresh()
    assert source.config == replace(Config(), pool=Pool(max_pilots=2))
    waiting = ("name", "engine.url", "web.listen_address", "paths.run_directory")
    assert [r.args[1] for r in caplog.records if isinstance(r.args, tuple)] == list(waiting)
