"""The configuration of Prometheus as the role writes it: templated by Ansible, checked by promtool."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).resolve().parents[2]
ROLE = TOP / "ansible/roles/prometheus"
ELSEWHERE = {
    "url": "https://metrics.example.org/api/v1/push",
    "basic_auth": {"username": "site", "password_file": "/etc/plancton/prometheus/password"},
    "write_relabel_configs": [{"source_labels": ["__name__"], "regex": ".+:.+|up", "action": "keep"}],
}


def rendered(directory: Path, **settings: Any) -> dict[str, Any]:
    """The file for one host, checked."""
    path = directory / "prometheus.yml"
    facts = {"ansible_facts": {"service_mgr": "systemd"}}
    command = [str(Path(sys.executable).parent / "ansible"), "localhost", "--connection", "local"]
    command += ["--playbook-dir", str(TOP / "ansible")]  # whose filters it uses
    command += ["--module-name", "template", "--args", f"src={ROLE}/templates/prometheus.yml.j2 dest={path}"]
    for given in (f"@{ROLE}/defaults/main.yml", f"@{ROLE}/vars/main.yml", json.dumps({**facts, **settings})):
        command += ["--extra-vars", given]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(TOP / "ansible.cfg")}
    for words in (command, ["promtool", "check", "config", "--syntax-only", str(path)]):
        ran = subprocess.run(words, capture_output=True, text=True, env=environment, cwd=TOP, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def test_by_itself_it_sends_samples_to_nobody(tmp_path: Path) -> None:
    found = rendered(tmp_path)
    assert "remote_write" not in found
    assert "external_labels" not in found["global"]
    assert [job["job_name"] for job in found["scrape_configs"]] == ["plancton", "prometheus"]


def test_agents_without_tls_are_shown_nothing(tmp_path: Path) -> None:
    job = rendered(tmp_path)["scrape_configs"][0]
    assert not {"tls_config", "basic_auth"} & job.keys()


def test_agents_behind_tls_are_shown_what_files_hold_and_no_password_is_written_here(tmp_path: Path) -> None:
    word = "hunter2"
    found = rendered(tmp_path, prometheus_donors_certified=True, prometheus_agents_password=word)
    job, own = found["scrape_configs"][0], "/etc/plancton/tls/prometheus.pem"
    assert job["tls_config"] == {"ca_file": "/etc/plancton/tls/ca.pem", "cert_file": own, "key_file": own}
    assert job["basic_auth"] == {"username": "prometheus", "password_file": "/etc/plancton/tls/password"}
    assert word not in (tmp_path / "prometheus.yml").read_text()


def test_an_authority_of_the_site_comes_before_ours(tmp_path: Path) -> None:
    theirs = {"ca_file": "/etc/ssl/site.pem"}
    found = rendered(tmp_path, prometheus_donors_certified=True, prometheus_agents_tls_config=theirs)
    assert found["scrape_configs"][0]["tls_config"] == theirs


def test_samples_can_be_sent_elsewhere_under_the_labels_of_this_monitor(tmp_path: Path) -> None:
    labels = {"monitor": "north", "replica": "a"}
    found = rendered(tmp_path, prometheus_external_labels=labels, prometheus_remote_write=[ELSEWHERE])
    assert found["remote_write"] == [ELSEWHERE]
    assert found["global"]["external_labels"] == labels
