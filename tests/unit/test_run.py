"""What must hold before an agent touches anything: one sentence each, with the file and the key."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from socketserver import TCPServer

import pytest

from plancton.config.load import parse
from plancton.config.schema import Config, Paths, PilotOptions
from plancton.engine.docker_engine import DockerEngine
from plancton.engine.fake import FakeEngine
from plancton.run import CannotRun, Options, check_engine, listen, lock_or_refuse, run
from tests.unit.reports import report_of
from tests.unit.test_web import app_of

PLACE = "/etc/plancton/plancton.yml"


def config_in(directory: Path) -> Config:
    return replace(Config(), paths=Paths(str(directory / "run"), str(directory)))


def refused(engine: FakeEngine | DockerEngine, config: Config) -> str:
    with pytest.raises(CannotRun) as error:
        check_engine(engine, config, PLACE)
    return str(error.value)


def test_an_engine_that_cannot_be_reached_names_its_key() -> None:
    engine = DockerEngine("unix:///nowhere.sock", "x", 1.0)
    assert refused(engine, Config()) == (
        f"{PLACE}: engine.url: the engine at unix:///nowhere.sock cannot be reached: is it running?"
    )


def test_an_image_that_is_not_there_names_its_key_unless_it_may_be_pulled() -> None:
    pilot = PilotOptions(image="none:1")
    assert refused(FakeEngine(), replace(Config(), pilot=pilot)) == (
        f"{PLACE}: pilot.image: none:1 is not on this host, "
        "and pilot.image_refresh_seconds is null, so it is not pulled"
    )
    kinds = parse("kinds: {a: {}, b: {image: 'none:2'}}", "f")
    assert refused(FakeEngine(), kinds).startswith(f"{PLACE}: kinds.b.image: none:2 is not on this host")
    check_engine(FakeEngine(), replace(Config(), pilot=replace(pilot, image_refresh_seconds=0.0)), PLACE)


def test_the_second_agent_on_a_host_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    first = lock_or_refuse(config, PLACE)
    with pytest.raises(CannotRun) as error:
        lock_or_refuse(config, PLACE)
    assert str(error.value) == (
        f"{PLACE}: paths.run_directory: another agent (process {os.getpid()}) works in {tmp_path}/run"
    )
    first.close()
    lock_or_refuse(config, PLACE).close()


def test_a_run_directory_that_cannot_be_made_names_its_key(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(CannotRun) as error:
        lock_or_refuse(config_in(tmp_path), PLACE)
    assert str(error.value).startswith(f"{PLACE}: paths.run_directory: {tmp_path}/run cannot be used: ")


def unheard(config: Config, address: str) -> str:
    with pytest.raises(CannotRun) as error:
        listen(app_of(report_of()), config, address, PLACE)
    return str(error.value)


def test_a_port_in_use_names_its_key(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    (tmp_path / "run").mkdir()
    servers = listen(app_of(report_of()), config, "127.0.0.1:0", PLACE)
    assert isinstance(servers[0], TCPServer)
    port = servers[0].socket.getsockname()[1]
    assert unheard(config, f"127.0.0.1:{port}") == (
        f"{PLACE}: web.listen_address: cannot listen on 127.0.0.1:{port}: Address already in use"
    )
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("address", ["127.0.0.1:99999", "no-such-host.invalid:1", "a..b:80", "here"])
def test_an_address_that_cannot_be_listened_on_names_its_key(tmp_path: Path, address: str) -> None:
    start = f"{PLACE}: web.listen_address: cannot listen on {address}: "
    assert unheard(config_in(tmp_path), address).startswith(start)


def test_a_control_socket_that_cannot_be_made_names_its_key(tmp_path: Path) -> None:
    config = config_in(tmp_path / ("x" * 120))
    (tmp_path / ("x" * 120) / "run").mkdir(parents=True)
    for one in (config_in(tmp_path), config):
        assert unheard(one, "127.0.0.1:0").startswith(f"{PLACE}: paths.run_directory: cannot listen on ")


def test_nothing_is_touched_before_the_checks_are_over(tmp_path: Path) -> None:
    path = tmp_path / "p.yml"
    path.write_text(f"engine: {{url: 'unix://{tmp_path}/none'}}\npaths: {{run_directory: {tmp_path}/run}}\n")
    with pytest.raises(CannotRun):
        run(Options(path))
    assert list(tmp_path.iterdir()) == [path]
