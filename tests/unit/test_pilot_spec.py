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
CASES = {
    "defaults": (Config(), "/plancton", Limits()),
    "everything_open": (parse(EVERYTHING_OPEN, "f"), "site.slice", Limits()),
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
        "pool: {cpus_per_pilot: 2}",
        "pool: {memory_per_pilot: 1GiB}",
    ],
)
def test_another_pilot_has_another_digest(content: str) -> None:
    assert spec(content).digest != spec().digest


@pytest.mark.parametrize(
    "content", ["grow: {calm_seconds: 1}", "pool: {max_pilots: 1}", "web: {listen_address: ':1'}"]
)
def test_what_does_not_change_the_pilot_does_not_change_the_digest(content: str) -> None:
    assert spec(content).digest == spec().digest


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
