"""Who may read a real agent: a real Prometheus, with right, wrong and missing credentials in files."""

from __future__ import annotations

import socket
import time
import urllib.error
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import SERVER, Files
from tests.e2e.access import NAME, PASSWORD, Access, basic
from tests.e2e.agent_process import AgentProcess
from tests.e2e.prometheus_process import PrometheusProcess
from tests.e2e.waiting import wait_for

PATIENCE = 60.0
Jobs = dict[str, dict[str, Any]]


def over_tls(access: Access, shown: Files | None = None, **more: Any) -> dict[str, Any]:
    """A job that trusts our authority and shows a certificate from files."""
    files = {} if shown is None else {"cert_file": str(shown.certificate), "key_file": str(shown.key)}
    return {"scheme": "https", "tls_config": {"ca_file": str(access.ours.file), **files}, **more}


def by_password(access: Access, path: str) -> dict[str, Any]:
    return over_tls(access, basic_auth={"username": NAME, "password_file": path})


def jobs_for(way: str, access: Access) -> Jobs:
    """By name; `right` alone is to be answered."""
    stranger = {"scheme": "https", "tls_config": {"ca_file": str(access.theirs.file)}}
    return {
        "tls": {"right": over_tls(access), "another authority": stranger, "plain": {}},
        "certificate": {
            "right": over_tls(access, access.client),
            "of another authority": over_tls(access, access.stranger),
            "of an agent": over_tls(access, access.own),
            "none": over_tls(access),
        },
        "password": {
            "right": by_password(access, access.secret("password", PASSWORD)),
            "none": over_tls(access),
        },
    }[way]


@contextmanager
def watching(directory: Path, agent: AgentProcess, jobs: Jobs) -> Iterator[PrometheusProcess]:
    targets = [{"targets": [f"127.0.0.1:{agent.port}"]}]
    configs = [{"job_name": name, "static_configs": targets, **job} for name, job in jobs.items()]
    prometheus = PrometheusProcess(directory, [], configs)
    try:
        prometheus.start()
        yield prometheus
    finally:
        prometheus.close()


def ups(prometheus: PrometheusProcess) -> dict[str, bool]:
    return {series.labels["job"]: series.last == 1 for series in prometheus.now("up")}


@pytest.mark.parametrize("way", ["tls", "certificate", "password"])
def test_prometheus_reads_with_the_right_credentials_only(
    agent: AgentProcess, tmp_path: Path, way: str
) -> None:
    access = Access(tmp_path / "access")
    getattr(access, way)(agent)
    agent.start()
    jobs = jobs_for(way, access)
    with watching(tmp_path / "prometheus", agent, jobs) as prometheus:
        wait_for("every job to be tried", lambda: ups(prometheus).keys() == jobs.keys(), PATIENCE)
        wait_for("the right one to be answered", lambda: ups(prometheus)["right"], PATIENCE)
        assert {name for name, up in ups(prometheus).items() if up} == {"right"}


def test_a_wrong_password_is_refused_and_a_new_one_taken_in_without_a_restart(
    agent: AgentProcess, tmp_path: Path
) -> None:
    access = Access(tmp_path / "access")
    access.password(agent)
    agent.start()
    agent.headers = basic("wrong")
    assert refused(agent) == 401
    agent.headers = basic(PASSWORD)
    assert agent.get("/-/healthy")  # this one was known already
    agent.settings["web"].pop("basic_auth_users")
    agent.configure()
    agent.headers = {}
    wait_for("the agent to ask nobody any more", agent.try_status, PATIENCE)


def refused(agent: AgentProcess) -> int:
    with pytest.raises(urllib.error.HTTPError) as error:
        agent.get("/metrics")
    return error.value.code


def test_clients_that_say_nothing_or_half_a_handshake_do_not_stop_a_scrape(
    agent: AgentProcess, tmp_path: Path
) -> None:
    access = Access(tmp_path / "access")
    access.certificate(agent)
    agent.start()
    with (
        watching(tmp_path / "prometheus", agent, {"right": over_tls(access, access.client)}) as prometheus,
        ExitStack() as idle,
    ):
        wait_for("a scrape", lambda: ups(prometheus).get("right"), PATIENCE)
        began = time.time()
        for number in range(200):
            # From another address than Prometheus' own, as they would be.
            sock = idle.enter_context(
                socket.create_connection(("127.0.0.1", agent.port), PATIENCE, source_address=("127.0.0.2", 0))
            )
            if number % 2:
                sock.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        # Five scrapes since the flood began, all of them well.
        expression = f"count_over_time(up[600s]) == sum_over_time(up[600s]) and timestamp(up) > {began + 5}"
        wait_for("scrapes that go on", lambda: prometheus.now(expression), PATIENCE)


def test_a_certificate_is_renewed_without_a_restart(agent: AgentProcess, tmp_path: Path) -> None:
    access = Access(tmp_path / "access")
    access.certificate(agent)
    agent.start()
    ends = "plancton_web_certificate_expiry_timestamp_seconds"
    first = agent.metric(ends)
    access.ours.sign("agent", SERVER, ends_days=5.0)
    assert agent.metric(ends) > first + 3 * 86400
    assert agent.metric("plancton_web_certificate_last_reload_successful") == 1
