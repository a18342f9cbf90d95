"""An owner is in the group plancton and not in the group docker, which is as good as root."""

from __future__ import annotations

import io
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest

from plancton.cli.main import main
from plancton.config.schema import Config, EngineOptions
from plancton.doctor import examine
from plancton.model import Missing
from plancton.report import Report
from plancton.web.server import listen_unix
from tests.nobody import as_nobody
from tests.unit.makers import BLIND, seen
from tests.unit.reports import report_of
from tests.unit.test_web import app_of

NOT_WITHOUT_ENGINE = "WRONG  engine        the engine at unix://{}/docker.sock does not let this user in"


class Host:
    """An engine that lets nobody in, and an agent that owners may ask; nobody plays the owner."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.report: Report | None = report_of()
        for name in ("run", "state"):
            (directory / name).mkdir()
        (directory / "state").chmod(0o777)
        (directory / "p.yml").write_text(
            f"paths: {{run_directory: {directory}/run, state_directory: {directory}/state}}\n"
            f"engine: {{url: 'unix://{directory}/docker.sock'}}"
        )
        (directory / "p.yml").chmod(0o644)
        self.engine = socket.socket(socket.AF_UNIX)
        self.engine.bind(str(directory / "docker.sock"))
        self.engine.listen()
        (directory / "docker.sock").chmod(0)
        app = app_of(report_of())
        app.report = lambda: self.report
        self.agent = listen_unix(app, directory / "run" / "control.sock")
        (directory / "run" / "control.sock").chmod(0o666)
        (directory / "run").chmod(0o555)

    def doctor(self) -> list[str]:
        """What it prints, after its exit status."""

        def ask() -> str:
            output = io.StringIO()
            with redirect_stdout(output):
                status = main(["doctor", "--config.file", str(self.directory / "p.yml")])
            return f"{status}\n{output.getvalue()}"

        examine(Config(engine=EngineOptions(url="unix:///nowhere")))  # imports what nobody may not read
        return as_nobody(ask).splitlines()


@pytest.fixture
def host() -> Iterator[Host]:
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    found = Host(directory)
    yield found
    found.agent.shutdown()
    found.agent.server_close()
    found.engine.close()
    (directory / "run").chmod(0o755)
    shutil.rmtree(directory)


def test_owners_are_told_what_the_agent_knows_of_the_engine(host: Host) -> None:
    status, *lines = host.doctor()
    url = f"unix://{host.directory}/docker.sock"
    assert lines[:3] == [
        f"ok     engine        the agent reaches {url}; you may not, and need not",
        "ok     image         the agent has found the pilots' image",
        "ok     cgroup        the agent says that pilots have the lowest CPU weight",
    ]
    assert lines[-2:] == [
        f"ok     permission    paths.run_directory {host.directory}/run can be entered by you",
        f"ok     permission    paths.state_directory {host.directory}/state can be written by you",
    ]
    wrong = [line for line in lines if not line.startswith("ok ")]
    assert (status == "0") is (wrong == [])


def test_what_the_agent_misses_is_wrong(host: Host) -> None:
    well = report_of(seen(images={"default": Missing("pilot:1 cannot be pulled: no route")}))
    host.report = replace(well, weight=Missing("the group is not there"))
    status, *lines = host.doctor()
    assert status == "1"
    assert "WRONG  image         pilot:1 cannot be pulled: no route" in lines
    assert "WRONG  cgroup        the agent says that pilots do not have the lowest CPU weight" in lines


def test_an_engine_that_the_agent_does_not_reach_either_is_wrong(host: Host) -> None:
    host.report = report_of(seen(pilots=BLIND))
    status, first, *_ = host.doctor()
    assert status == "1"
    assert first.startswith(NOT_WITHOUT_ENGINE.format(host.directory))
    assert first.endswith(" The agent does not reach it either")


def test_without_an_agent_to_ask_the_refusal_is_wrong(host: Host) -> None:
    (host.directory / "run").chmod(0o755)
    (host.directory / "run" / "control.sock").unlink()
    status, first, *_ = host.doctor()
    assert status == "1"
    assert first.startswith(NOT_WITHOUT_ENGINE.format(host.directory))
    assert first.endswith("/control.sock: it is not running")


def test_owners_must_be_able_to_write_their_wish(host: Host) -> None:
    (host.directory / "state").chmod(0o555)
    status, *lines = host.doctor()
    assert status == "1"
    assert (
        f"WRONG  permission    paths.state_directory {host.directory}/state cannot be written by you" in lines
    )
