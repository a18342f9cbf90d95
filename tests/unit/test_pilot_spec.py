"""The description of a pilot, word for word as Docker gets it.

The golden files are written anew by `python -m tests.unit.test_pilot_spec` after a change that is meant.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from plancton.config.load import parse
from plancton.config.schema import Config
from plancton.pilot_environment import Here, environment
from plancton.pilot_spec import Limits, Spec, describe, hostname_of
from tests.unit.makers import HERE

GOLDEN = Path(__file__).parents[1] / "fixtures" / "pilot_spec"
EVERYTHING_OPEN = """
name: site
site: building 7
pool: {cpus_per_pilot: 2.5, memory_per_pilot: 4GiB}
pilot:
  kind: htcondor
  image: registry.example.org/htcondor/execute:24
  command: [/pilot, --lifetime, "3600"]
  environment: {POOL: cm.example.org, EMPTY: "", EQUALS: a=b, PLANCTON_SITE: ours}
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
    "defaults": (Config(), "/plancton", Limits(), HERE),
    "everything_open": (parse(EVERYTHING_OPEN, "f"), "site.slice", Limits(), HERE),
    "hosts_cvmfs": (parse(HOSTS_CVMFS, "f"), "/plancton", Limits(), HERE),
    "kernel_without_limits": (Config(), "/plancton", Limits(cpu_quota=False, memory=False, pids=False), HERE),
    "kernel_without_swap_limit": (Config(), "/plancton", Limits(swap=False), HERE),
}


def golden(name: str) -> str:
    return json.dumps(describe(*CASES[name]).body, indent=2, sort_keys=True) + "\n"


def spec(content: str = "") -> Spec:
    return describe(parse(content, "f"), "/plancton", Limits(), HERE)


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
        # Of these a pilot is told, and goes on as it is.
        "site: library",
        "pool: {reserve_cores: 2}",
        "pilot: {ttl_seconds: 60}",
        "release: {stop_grace_seconds: 60}",
        "pilot: {drain_signal: SIGUSR1}",
    ],
)
def test_what_does_not_change_the_pilot_does_not_change_the_digest(content: str) -> None:
    assert spec(content).digest == spec().digest


def of_software(content: str) -> dict[str, str]:
    """What a pilot is told, without what all are told."""
    told = dict(entry.split("=", 1) for entry in spec(content).body["Env"])
    return {name: value for name, value in told.items() if name not in environment(Config(), HERE)}


def test_only_a_kind_with_parrot_may_do_what_parrot_needs() -> None:
    for software, capabilities in (("none", []), ("cvmfs", []), ("parrot", ["SYS_PTRACE"])):
        body = spec(f"pilot: {{software: {software}}}").body
        assert body["HostConfig"]["CapAdd"] == capabilities
        assert body["HostConfig"]["CapDrop"] == ["ALL"]
    both = spec("pilot: {software: parrot, capabilities: [KILL, SYS_PTRACE]}").body
    assert both["HostConfig"]["CapAdd"] == ["KILL", "SYS_PTRACE"]


def test_a_pilot_is_told_of_its_software_and_its_proxy_and_the_operators_word_is_the_last() -> None:
    proxy = "software_proxy: 'http://squid.example.org:3128'"
    assert of_software(f"pilot: {{{proxy}}}") == {}
    told = of_software(f"pilot: {{software: parrot, {proxy}}}")
    assert told == {
        "CVMFS_HTTP_PROXY": "http://squid.example.org:3128",
        "PLANCTON_SOFTWARE": "parrot",
    }
    own = "environment: {CVMFS_HTTP_PROXY: DIRECT, A: b}"
    told = of_software(f"pilot: {{software: cvmfs, {proxy}, {own}}}")
    assert told == {"A": "b", "CVMFS_HTTP_PROXY": "DIRECT", "PLANCTON_SOFTWARE": "cvmfs"}


def test_labels_tell_the_agent_the_kind_and_the_digest() -> None:
    one = describe(replace(Config(), name="other"), "/other", Limits(), HERE)
    assert one.body["Labels"] == {
        "plancton.agent": "other",
        "plancton.kind": "default",
        "plancton.spec": one.digest,
    }


def told(content: str, here: Here = HERE) -> dict[str, str]:
    env = describe(parse(content, "f"), "/plancton", Limits(), here).body["Env"]
    return dict(entry.split("=", 1) for entry in env)


def test_a_pilot_is_told_where_it_is_what_it_has_and_for_how_long() -> None:
    content = """
site: library, second floor
pool: {cpus_per_pilot: 2.5, memory_per_pilot: 1GiB, reserve_cores: 1.5}
pilot: {kind: alice, ttl_seconds: 1000000}
release: {stop_grace_seconds: 90}
"""
    assert told(content) == {
        "PLANCTON_HOST": "pc01.example.org",
        "PLANCTON_SITE": "library, second floor",
        "PLANCTON_KIND": "alice",
        "PLANCTON_CPUS": "2.5",
        "PLANCTON_MEMORY_BYTES": "1073741824",
        "PLANCTON_TTL_SECONDS": "1000000",
        "PLANCTON_STOP_GRACE_SECONDS": "90",
        "PLANCTON_RESERVE_CORES": "1.5",
    }


@pytest.mark.parametrize(("cores", "reserve"), [(4, "1"), (64, "6.4"), (24, "2.4")])
def test_the_reserve_that_the_host_decides_is_told_as_a_number(cores: int, reserve: str) -> None:
    assert told("", Here("pc", cores))["PLANCTON_RESERVE_CORES"] == reserve


def test_what_the_operator_says_wins() -> None:
    assert told("pilot: {environment: {PLANCTON_CPUS: many, A: b}}")["PLANCTON_CPUS"] == "many"


@pytest.mark.parametrize(
    "name", ["default-1a2b3c4d5e6-0", "a.b_c-1a2b3c4d5e6-12", f"{'x' * 63}-1a2b3c4d5e6-0", "-_-.1-0"]
)
def test_a_pilots_hostname_is_a_valid_label(name: str) -> None:
    hostname = hostname_of(name, "pc01.example.org")
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", hostname)
    assert hostname[-7] == "-"


def test_hostnames_are_unlike_each_other_on_one_host_and_on_two() -> None:
    names = [f"{kind}-1a2b3c4d5e6-{n}" for kind in ("a", "b", "y" * 63) for n in range(3)]
    found = {hostname_of(name, host) for name in names for host in ("pc01", "pc02")}
    assert len(found) == 2 * len(names)
    assert spec().body_of("default-1-0")["Hostname"] == hostname_of("default-1-0", HERE.name)


if __name__ == "__main__":
    for case in CASES:
        (GOLDEN / f"{case}.json").write_text(golden(case))
