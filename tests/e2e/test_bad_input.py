"""Each mistake gives exit status 2 and one sentence that names the file and the key; nothing changes."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.agent_process import NOBODY, AgentProcess
from tests.e2e.waiting import wait_for


@pytest.mark.parametrize(
    ("sections", "names"),
    [
        ({"pool": {"max_pilot": 3}}, "pool.max_pilot is not a known key; did you mean max_pilots?"),
        ({"pool": {"max_pilots": "many"}}, "pool.max_pilots must be a whole number"),
        ({"pool": {"reserve_cores": 4096}}, "pool.reserve_cores is 4096, but this host has"),
        ({"pool": {"cpus_per_pilot": 4096}}, "pool.cpus_per_pilot is 4096, but this host has"),
        ({"mode": "greedy"}, "mode must be one of opportunistic, dedicated, dry-run"),
        ({"pilot": {"image": "plancton-no-such-image:1"}}, "pilot.image: plancton-no-such-image:1 is not"),
        ({"engine": {"url": "unix:///run/no-such-engine.sock"}}, "engine.url: the engine at unix:///run/no"),
        ({"web": {"listen_address": "192.0.2.1:80"}}, "web.listen_address: cannot listen on 192.0.2.1:80"),
        ({"web": {"listen_address": "127.0.0.1:99999"}}, "web.listen_address: cannot listen on"),
        (
            {"web": {"tls_certificate_file": "/no/agent.pem", "tls_key_file": "/no/agent.pem"}},
            "web.tls_certificate_file: /no/agent.pem cannot be read: No such file or directory",
        ),
        (
            {"paths": {"run_directory": "/proc/plancton"}},
            "paths.run_directory: /proc/plancton cannot be used",
        ),
    ],
)
def test_run_refuses(agent: AgentProcess, sections: dict[str, Any], names: str) -> None:
    agent.configure(**sections)
    refused = agent.run("run")
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 1
    assert str(agent.config_path) in refused.stderr
    assert names in refused.stderr
    assert agent.running() == []


def test_a_port_in_use_is_named(agent: AgentProcess) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        agent.configure(web={"listen_address": f"127.0.0.1:{taken.getsockname()[1]}"})
        refused = agent.run("run")
    assert refused.returncode == 2
    assert "web.listen_address: cannot listen on" in refused.stderr
    assert "in use" in refused.stderr


def test_a_second_agent_is_refused_and_the_first_goes_on(agent: AgentProcess) -> None:
    agent.start()
    assert agent.process is not None
    refused = agent.run("run")
    assert refused.returncode == 2
    assert f"another agent (process {agent.process.pid})" in refused.stderr
    assert agent.status()["name"] == agent.name


def test_no_permission_on_the_engine_s_socket_is_told(agent: AgentProcess, tmp_path: Path) -> None:
    closed = tmp_path / "closed.sock"
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(closed))
        engine.listen()
        closed.chmod(0o600)
        agent.configure(engine={"url": f"unix://{closed}"})
        refused = agent.run_as(NOBODY, "run")
    assert refused.returncode == 2
    assert "does not let this user in (permission denied)" in refused.stderr


def test_a_bad_reload_keeps_the_configuration_and_sets_the_metric(agent: AgentProcess) -> None:
    agent.configure(pool={"max_pilots": 1})
    agent.start().wait_for_running(1, 30)
    good = "plancton_config_last_reload_successful"
    agent.configure(pool={"max_pilots": "all"})
    wait_for("the refusal", lambda: agent.metric(good) == 0, 5)
    assert "pool.max_pilots must be" in agent.status()["config"]["error"]
    time.sleep(2)
    assert len(agent.running()) == 1

    agent.configure(pool={"max_pilots": 0})
    agent.wait_for_running(0, 5)
    assert agent.metric(good) == 1


def test_sighup_reads_the_file_again_at_once(agent: AgentProcess) -> None:
    agent.start()
    loaded = agent.metric("plancton_config_last_reload_success_timestamp_seconds")
    assert agent.process is not None
    agent.process.send_signal(signal.SIGHUP)
    stamp = "plancton_config_last_reload_success_timestamp_seconds"
    wait_for("a reload", lambda: agent.metric(stamp) > loaded, 5)


def test_an_agent_that_keeps_trying_starts_without_its_image_and_says_so(agent: AgentProcess) -> None:
    agent.configure(pilot={"image": "plancton-no-such-image:1"})
    agent.start("--keep-trying")
    wait_for("the limit", lambda: agent.status()["limit"]["name"] == "image", 10)
    assert agent.running() == []
