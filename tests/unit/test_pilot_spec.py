"""The description of a pilot, word for word as Docker gets it.

The golden files are written anew by `python -m tests.unit.test_pilot_spec` after a change that is meant.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from plancton.config.load import parse
from plancton.config.schema import Config
from plancton.pilot_spec import Limits, Spec, describe

GOLDEN = Path(__file__).parents[1] / "fixtures" / "pilot_spec"
EVERYTHING_OPEN = """
name: site
pool: {cpus_per_pilot: 2.5, memory_per_pilot: 4GiB}
pilot:
  kind: htcondor
  image: registry.example.org/htcondor/execute:24
  command: [/pilot, --lifetime, "3600"]
  environment: {POOL: cm.example.org, EMPTY: "", EQUALS: a=b}
  user: root
  mounts:
    - {source: /cvmfs, target: /cvmfs, propagation: rslave}
    - {source: /scratch, target: /work, read_only: false}
  tmpfs: {}
  read_only_root: false
  devices: [/dev/fuse, "/dev/kvm:/dev/kvm:rw", "/dev/null:/dev/zero"]
  capabilities: [SYS_ADMIN, SYS_PTRACE]
  security_options: ["seccomp=unconfined", "apparmor=unconfined"]
  network: bridge
  pids_limit: 4096
  log_max_size: 10MiB
  init: true
"""
HOSTS_CVMFS = """
pilot:
  software: cvmfs
  software_path: /srv/cvmfs
  software_repositories: [alice.example.org]
  software_proxy: "http://squid.example.org:3128|http://other.example.org:3128;DIRECT"
  mounts: [{source: /data, target: /data}]
"""
CASES = {
    "defaults": (Config(), "/plancton", Limits()),
    "everything_open": (parse(EVERYTHING_OPEN, "f"), "site.slice", Limits()),
    "hosts_cvmfs": (parse(HOSTS_CVMFS, "f"), "/plancton", Limits()),
    "kernel_without_limits": (Config(), "/plancton", Limits(cpu_quota=False, memory=False, pids=False)),
    "kernel_without_swap_limit": (Config(), "/plancton", Limits(swap=False)),
}


def golden(name: str) -> str:
    return json.dumps(describe(*CASES[name]).body, indent=2, sort_keys=True) + "\n"


def spec(content: str = "") -> Spec:
    return describe(parse(content, "f"), "/plancton", Limits())


@pytest.mark.parametrize("name", CASES)
def test_the_description_is_the_golden_one(name: str) -> None:
    assert golden(name) == (GOLDEN / f"{name}.json").read_text()


def test_the_same_configuration_has_the_same_digest_in_any_order() -> None:
    one = spec("pilot: {environment: {A: x, B: y}, kind: a}")
    assert one == spec("pilot: {kind: a, environment: {B: y, A: x}}")
    assert len(one.digest) == 12


@pytest.mark.parametrize(
    "content",
    [
        "pilot: {image: other}",
        "pilot: {command: [sleep]}",
        "pilot: {environment: {A: x}}",
        "pilot: {user: root}",
        "pilot: {network: host}",
        "pilot: {read_only_root: false}",
        "pilot: {software: cvmfs}",
        "pilot: {software: parrot}",
        "pool: {cpus_per_pilot: 2}",
        "pool: {memory_per_pilot: 1GiB}",
    ],
)
def test_another_pilot_has_another_digest(content: str) -> None:
    assert spec(content).digest != spec().digest


@pytest.mark.parametrize(
    "content",
    [
        "pilot: {software_repositories: [a.example.org], software_path: /srv, software_proxy: none}",
        "grow: {calm_seconds: 1}",
        "pool: {max_pilots: 1}",
        "web: {listen_address: ':1'}",
    ],
)
def test_what_does_not_change_the_pilot_does_not_change_the_digest(content: str) -> None:
    assert spec(content).digest == spec().digest


def environment(content: str) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in spec(content).body["Env"])


def test_only_a_kind_with_parrot_may_do_what_parrot_needs() -> None:
    for software, capabilities in (("none", []), ("cvmfs", []), ("parrot", ["SYS_PTRACE"])):
        body = spec(f"pilot: {{software: {software}}}").body
        assert body["HostConfig"]["CapAdd"] == capabilities
        assert body["HostConfig"]["CapDrop"] == ["ALL"]
    both = spec("pilot: {software: parrot, capabilities: [KILL, SYS_PTRACE]}").body
    assert both["HostConfig"]["CapAdd"] == ["KILL", "SYS_PTRACE"]


def test_a_pilot_is_told_of_its_software_and_its_proxy_and_the_operators_word_is_the_last() -> None:
    proxy = "software_proxy: 'http://squid.example.org:3128'"
    assert environment(f"pilot: {{{proxy}}}") == {}
    told = environment(f"pilot: {{software: parrot, {proxy}}}")
    assert told == {
        "CVMFS_HTTP_PROXY": "http://squid.example.org:3128",
        "PLANCTON_SOFTWARE": "parrot",
    }
    own = "environment: {CVMFS_HTTP_PROXY: DIRECT, A: b}"
    told = environment(f"pilot: {{software: cvmfs, {proxy}, {own}}}")
    assert told == {"A": "b", "CVMFS_HTTP_PROXY": "DIRECT", "PLANCTON_SOFTWARE": "cvmfs"}


def test_labels_tell_the_agent_the_kind_and_the_digest() -> None:
    one = describe(replace(Config(), name="other"), "/other", Limits())
    assert one.body["Labels"] == {
        "plancton.agent": "other",
        "plancton.kind": "default",
        "plancton.spec": one.digest,
    }


if __name__ == "__main__":
    for case in CASES:
        (GOLDEN / f"{case}.json").write_text(golden(case))
