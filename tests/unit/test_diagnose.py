"""What a host tells of itself: bounded in size and time, and no secret in it."""

from __future__ import annotations

import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit import loaded

SCRIPT = loaded.ANSIBLE / "roles/diagnose/files/diagnose.py"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwaWxvdCJ9.c2lnbmF0dXJl"  # noqa: S105 - nobody's
CONFIG = """
mode: opportunistic
pool: {max_pilots: 3}
pilot:
  image: registry.example.org/pilot:1
  command: [sh, -c, "JOIN_TOKEN=canary-command run"]
  environment: {PLANCTON_IDLE_EXIT_SECONDS: "300", GREETING: canary-greeting, SHORT: abc}
  mounts: [{source: MOUNTED, target: /tokens}]
kinds:
  alice: {environment: {PLANCTON_JOIN_PASSWORD: canary-alice}}
web:
  tls_key_file: MOUNTED/key
  basic_auth_users: {eve: canary-hash}
"""


@pytest.fixture
def script(tmp_path: Path) -> ModuleType:
    """The script on a host whose settings are in a directory of the test."""
    module: Any = loaded.load(SCRIPT)
    module.SETTINGS, module.CONFIG = tmp_path / "etc", tmp_path / "etc/plancton.yml"
    module.commands = lambda _lines: [["cat", str(tmp_path / "log")]]
    (tmp_path / "etc/tls").mkdir(parents=True)
    return module  # type: ignore[no-any-return]


def secret(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)


def test_no_secret_of_the_host_is_told_wherever_it_shows(script: ModuleType, tmp_path: Path) -> None:
    secret(tmp_path / "mounted/key", "canary-mounted\n")
    secret(tmp_path / "etc/tls/password", 'canary "password"')
    script.CONFIG.write_text(CONFIG.replace("MOUNTED", str(tmp_path / "mounted")))
    (tmp_path / "etc/alertmanager.yml").write_text(
        "receivers: [{webhook_configs: [{url: 'https://chat/canary-hook'}]}]"
    )
    canaries = ["canary-mounted", 'canary "password"', r"canary \"password\"", "canary%20%22password%22"]
    canaries += ["canary-greeting", "canary-alice", "canary-hash", "https://chat/canary-hook"]
    (tmp_path / "log").write_text("\n".join(f"at 14:03 {word} was said" for word in canaries))
    told = script.collect(100, 60)
    assert "canary" not in told
    assert told.count("at 14:03 (removed) was said") == len(canaries)
    for kept in ("max_pilots: 3", "registry.example.org/pilot:1", "PLANCTON_IDLE_EXIT_SECONDS: '300'"):
        assert kept in told
    assert "SHORT: (removed)" in told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("password=canary next", "password=(removed) next"),
        ('"api_key": "can ary", "b": 1', '"api_key": (removed), "b": 1'),
        ("DB_PASSWORD: canary", "DB_PASSWORD: (removed)"),
        (f"sent {TOKEN} to it", "sent (removed) to it"),
        ("Authorization: Bearer canary", "Authorization: Bearer (removed)"),
        ("proxy http://bob:canary@proxy:3128/", "proxy http://(removed)@proxy:3128/"),
        ("eve: $scrypt$ln=13,r=8,p=10$canary$canary", "eve: (removed)"),
        (
            "a\n-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\nb",
            "a\n(removed)\nb",
        ),
        ("-----BEGIN EC PRIVATE KEY-----\ncanary", "(removed)"),
        ("http://127.0.0.1:9090/ at 14:03:07", "http://127.0.0.1:9090/ at 14:03:07"),
        ("tls_key_file: /etc/plancton/tls/agent.pem", "tls_key_file: /etc/plancton/tls/agent.pem"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(script: ModuleType, line: str, told: str) -> None:
    assert script.Secrets().scrub(line) == told


def test_settings_that_cannot_be_understood_are_not_quoted(script: ModuleType, tmp_path: Path) -> None:
    script.CONFIG.write_text("pilot: [canary-broken\n")
    (tmp_path / "log").write_text("cannot read 'pilot: [canary-broken'")
    told = script.collect(100, 60)
    assert "is no YAML" in told
    assert "canary" not in told


def test_a_command_that_floods_or_hangs_costs_its_share_and_no_more(script: ModuleType) -> None:
    flood = script.run(["yes"], 60)
    assert len(flood) < script.MOST_BYTES + 100
    assert flood.endswith(f"(more than {script.MOST_BYTES} bytes)")
    began = time.monotonic()
    hanging = script.run(["sh", "-c", "echo said; setsid sleep 30 & sleep 30"], 1)
    assert hanging == "said\n\n(no end within 1 s)"
    assert time.monotonic() - began < 25
    assert script.run(["no-such-program"], 60) == "there is no no-such-program"


def test_what_comes_too_late_is_left_out_and_said_so(script: ModuleType) -> None:
    assert "left out: 0 s were over" in script.collect(100, 0)


def test_it_is_unpacked_as_it_was_and_what_is_no_such_thing_is_nothing(script: ModuleType) -> None:
    plugin = loaded.plugin("diagnostics")
    packed = script.packed("all is well: \N{SNOWMAN}\n")
    assert plugin.diagnostics_text({"stdout": f"welcome!\r\n{packed}\r\n"}) == "all is well: \N{SNOWMAN}\n"
    for stdout in ("", script.MARK, f"{script.MARK} ???", packed[:-8], script.packed("x" * 9 * 1024**2)):
        assert plugin.diagnostics_text({"stdout": stdout}) == ""


def test_the_summary_says_of_each_host_how_much_or_why_nothing(script: ModuleType) -> None:
    hosts: dict[str, Any] = {
        "a": {"diagnose_told": {"stdout": script.packed("x" * 5000)}},
        "b": {"diagnose_told": {"unreachable": True, "msg": "no route\n to it"}},
        "c": {"diagnose_told": {"stderr_lines": ["sudo:", "a password is required"], "stdout": ""}},
        "d": {},
    }
    assert loaded.plugin("diagnostics").diagnostics_summary(list(hosts), hosts) == [
        "a: 5 KiB",
        "b: cannot be reached: no route to it",
        "c: has told nothing: a password is required",
        "d: was not asked",
    ]
