"""Several kinds of pilots on one host: what each has itself, and what it has from the host's sections."""

from __future__ import annotations

import pytest
import yaml

from plancton.config.kinds import KindOptions
from plancton.config.load import parse
from plancton.config.one_kind import kinds_of
from plancton.config.policy_of import policy_of
from plancton.config.render import reference
from plancton.config.schema import KEYS_OF_A_KIND, Config
from plancton.core.policy import Kind
from plancton.pilot_spec import KIND_LABEL, Limits, describe
from tests.unit.makers import HERE

MIB = 1024**2
TWO = """
pool: {max_pilots: 9, cpus_per_pilot: 2, memory_per_pilot: 1GiB}
grow: {fizzle_seconds: 60, backoff_max_seconds: 300}
release: {stop_grace_seconds: 20}
pilot: {image: "ours:1", ttl_seconds: 7200, network: bridge, environment: {SITE: here}}
kinds:
  local:
  alice:
    share: 1.5
    image: alice:7
    command: [run, --fast]
    environment: {POOL: alice}
    memory_per_pilot: 2GiB
    max_pilots: 3
    ttl_seconds: 3600
    stop_grace_seconds: 60
    fizzle_seconds: 600
    backoff_first_seconds: 30
"""


def test_a_host_without_kinds_has_the_one_of_its_own_sections() -> None:
    (one,) = kinds_of(Config())
    assert (one.name, one.share, one.config) == ("default", 1.0, Config())
    assert policy_of(Config()).kinds == (Kind(),)
    assert [one.name for one in kinds_of(parse("pilot: {kind: htcondor}", "f"))] == ["htcondor"]


@pytest.mark.parametrize("content", ["kinds:", "kinds: {}", "kinds: null"])
def test_no_kinds_are_none(content: str) -> None:
    assert parse(content, "f") == Config()


def test_the_policy_gets_each_kind_with_its_own_numbers_and_else_the_hosts() -> None:
    local, alice = policy_of(parse(TWO, "f")).kinds
    assert local == Kind(
        "local",
        cpus=2.0,
        memory_bytes=1024 * MIB,
        ttl_seconds=7200.0,
        stop_grace_seconds=20.0,
        fizzle_seconds=60.0,
        backoff_max_seconds=300.0,
    )
    assert alice == Kind(
        "alice",
        share=1.5,
        cpus=2.0,
        memory_bytes=2048 * MIB,
        max_pilots=3,
        ttl_seconds=3600.0,
        stop_grace_seconds=60.0,
        fizzle_seconds=600.0,
        backoff_first_seconds=30.0,
        backoff_max_seconds=300.0,
    )


def test_what_is_no_kind_counts_as_the_hosts_own() -> None:
    policy = policy_of(parse(TWO, "f"))
    assert policy.kind_of("gone") == policy.default
    assert (policy.default.cpus, policy.default.ttl_seconds, policy.max_pilots) == (2.0, 7200.0, 9)


def test_each_kind_has_a_description_of_its_own() -> None:
    local, alice = (describe(one.config, "/plancton", Limits(), HERE) for one in kinds_of(parse(TWO, "f")))
    assert (local.kind, local.image, local.body["Env"][-1]) == ("local", "ours:1", "SITE=here")
    assert (alice.kind, alice.image, alice.body["Env"][-1]) == ("alice", "alice:7", "POOL=alice")
    assert {"PLANCTON_KIND=local", "PLANCTON_CPUS=2"} <= set(local.body["Env"])
    assert {
        "PLANCTON_KIND=alice",
        "PLANCTON_MEMORY_BYTES=2147483648",
        "PLANCTON_STOP_GRACE_SECONDS=60",
    } <= set(alice.body["Env"])
    assert (alice.body["Cmd"], "Cmd" in local.body) == (["run", "--fast"], False)
    assert (local.body["HostConfig"]["Memory"], alice.body["HostConfig"]["Memory"]) == (
        1024 * MIB,
        2048 * MIB,
    )
    assert alice.body["HostConfig"]["NetworkMode"] == "bridge"
    assert alice.body["Labels"][KIND_LABEL] == "alice"
    assert local.digest != alice.digest


def test_kinds_are_written_as_they_are_read() -> None:
    config = parse(TWO, "f")
    field = Config.__dataclass_fields__["kinds"]
    written = yaml.safe_dump({"kinds": field.metadata["kind"].write(config.kinds)}, sort_keys=False)
    assert parse(written, "f").kinds == config.kinds
    assert config.kinds[0] == KindOptions("local", 1.0)


def test_the_reference_names_every_key_of_a_kind() -> None:
    section = reference().partition("## `kinds`")[2]
    for keys in KEYS_OF_A_KIND.values():
        assert all(f"`{key}`" in section for key in keys)
