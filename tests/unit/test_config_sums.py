"""What is right key by key and wrong together, or on this host."""

from __future__ import annotations

import pytest

from plancton.config.load import ConfigError, check_against_host, parse
from tests.unit.makers import GIB


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("release: {tolerance_cores: 0.1}", "f.yml: release.tolerance_cores (0.1) is not above grow.tol"),
        ("grow: {backoff_max_seconds: 2}", "f.yml: grow.backoff_max_seconds (2) is below grow."),
        (
            "kinds: {a: {backoff_max_seconds: 2}}",
            "f.yml: kinds.a.backoff_max_seconds (2) is below grow.backoff_first_seconds (5)",
        ),
        ("grow: {no_work_max_seconds: 30}", "f.yml: grow.no_work_max_seconds (30) is below grow.no_work_fi"),
        (
            "kinds: {a: {no_work_first_seconds: 900}}",
            "f.yml: grow.no_work_max_seconds (600) is below kinds.a.no_work_first_seconds (900)",
        ),
        (
            "kinds: {a: {mounts: [{source: /a, target: /tmp}]}}",
            "f.yml: kinds.a.mounts and pilot.tmpfs use /tmp twice",
        ),
        ("web: {tls_key_file: /a}", "f.yml: web.tls_certificate_file and web.tls_key_file need each other"),
        ("web: {tls_certificate_file: /a}", "f.yml: web.tls_certificate_file and web.tls_key_file need ea"),
        (
            "web: {tls_client_ca_file: /a}",
            "f.yml: web.tls_client_ca_file needs web.tls_certificate_file: without TLS no client shows",
        ),
        ("pilot: {mounts: [{source: /a, target: /tmp}]}", "f.yml: pilot.mounts and pilot.tmpfs use /tmp tw"),
        (
            "pilot: {software: cvmfs, mounts: [{source: /a, target: /cvmfs}]}",
            "f.yml: pilot.software is cvmfs and takes /cvmfs, so no other mount may",
        ),
        (
            "kinds: {a: {software: cvmfs, tmpfs: {/cvmfs: size=1m}}}",
            "f.yml: kinds.a.software is cvmfs and takes /cvmfs, so no other mount may",
        ),
    ],
)
def test_impossible_sums_are_refused(content: str, part: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(content, "f.yml")
    assert str(error.value).startswith(part)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("pool: {reserve_cores: 5}", "pool.reserve_cores is 5, but this host has 4 cores"),
        ("pool: {cpus_per_pilot: 4.5}", "pool.cpus_per_pilot is 4.5, but this host has 4 cores"),
        ("pool: {reserve_cores: 4}", "no pilot could ever run"),
        ("pool: {reserve_cores: 2, cpus_per_pilot: 3}", "no pilot could ever run"),
        ("pool: {reserve_memory: 9GiB}", "pool.reserve_memory is 9663676416 bytes, but this host has"),
        ("pool: {memory_per_pilot: 9GiB}", "pool.memory_per_pilot is 9663676416 bytes, but this host has"),
    ],
)
def test_what_this_host_cannot_give_is_refused(content: str, part: str) -> None:
    with pytest.raises(ConfigError) as error:
        check_against_host(parse(content, "f.yml"), 4, 8 * GIB, "f.yml")
    assert str(error.value).startswith("f.yml: pool.")
    assert part in str(error.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("cpus_per_pilot: 5", "kinds.b.cpus_per_pilot is 5, but this host has 4 cores"),
        ("memory_per_pilot: 9GiB", "kinds.b.memory_per_pilot is 9663676416 bytes, but this host has"),
        ("cpus_per_pilot: 4", "pool.reserve_cores (2) and kinds.b.cpus_per_pilot (4) together are above"),
    ],
)
def test_each_kind_must_fit_on_this_host(content: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        check_against_host(
            parse(f"{{pool: {{reserve_cores: 2}}, kinds: {{a: {{}}, b: {{{content}}}}}}}", "f.yml"),
            4,
            8 * GIB,
            "f.yml",
        )
    assert str(error.value).startswith(f"f.yml: {sentence}")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "kinds: {a: {cpus_per_pilot: 4, max_pilots: 0}, b: {}}",
        "pool: {reserve_cores: 3}",
        "pool: {reserve_cores: 4, max_pilots: 0}",
        "pool: {reserve_cores: 3.25}",
    ],
)
def test_what_this_host_can_give_is_accepted(content: str) -> None:
    check_against_host(parse(content, "f.yml"), 4, 8 * GIB, "f.yml")
