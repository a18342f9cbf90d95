"""The guard and the host's firewall, in a network namespace: both kinds of iptables, real kernel tables."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.benches import wait_for

OWNERS = [
    "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
    "-A FORWARD -j DOCKER-USER",
    "-A DOCKER-USER -j RETURN",
]


class Namespace:
    """A network without neighbours, whose `iptables` is of one kind."""

    def __init__(self, directory: Path, kind: str) -> None:
        self.name = f"plancton-fw-{os.getpid()}-{kind}"
        self._bin = directory / "bin"
        self._bin.mkdir()
        for family in ("iptables", "ip6tables"):
            for command in (family, f"{family}-restore"):
                program = shutil.which(command.replace(family, f"{family}-{kind}", 1), path="/usr/sbin:/sbin")
                assert program is not None, f"{command} of the kind {kind} is missing (package iptables)"
                (self._bin / command).symlink_to(program)
        self.config = directory / "plancton.yml"
        self.report = directory / "run-network" / "guard.json"
        self.config.write_text(
            "{name: fw, pilot: {network: own}, network: {check_seconds: 1, allow: ['10.1.2.3:9618/tcp']}, "
            f"paths: {{run_directory: {directory}/run}}}}"
        )

    def command(self, *argv: str) -> list[str]:
        return ["ip", "netns", "exec", self.name, "env", f"PATH={self._bin}:{os.environ['PATH']}", *argv]

    def run(self, *argv: str) -> str:
        ran = subprocess.run(self.command(*argv), capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def rules(self) -> list[str]:
        return self.run("iptables", "-w", "5", "-S").splitlines()

    def guard(self, *options: str) -> list[str]:
        verb = [sys.executable, "-m", "plancton", "guard-network", "--config.file", str(self.config)]
        return self.command(*verb, *options)


@pytest.fixture(params=["nft", "legacy"])
def namespace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Namespace]:
    made = Namespace(tmp_path, request.param)
    subprocess.run(["ip", "netns", "add", made.name], check=True, timeout=60)
    made.run("iptables", "-N", "DOCKER-USER")
    for rule in OWNERS:
        made.run("iptables", *rule.split())
    yield made
    subprocess.run(["ip", "netns", "delete", made.name], check=True, timeout=60)


def test_it_is_put_there_healed_and_taken_away_and_the_owners_rules_stay(namespace: Namespace) -> None:
    before = namespace.rules()
    with subprocess.Popen(namespace.guard(), stderr=subprocess.DEVNULL) as guard:
        try:
            wait_for("the guard's report", namespace.report.exists, 60.0)
            whole = namespace.rules()
            assert "-A PLANCTON-pl-fw-FWD -d 10.1.2.3/32 -p tcp -m tcp --dport 9618 -j RETURN" in whole
            assert whole.index("-A INPUT -i pl-fw -j PLANCTON-pl-fw-IN") < whole.index(OWNERS[0])
            assert "-A PLANCTON-pl-fw-IN -j DROP" in namespace.run("ip6tables", "-S").splitlines()
            for change in (
                ["-F", "PLANCTON-pl-fw-FWD"],
                ["-I", "PLANCTON-pl-fw-IN", "-j", "ACCEPT"],
                ["-D", "FORWARD", "-i", "pl-fw", "-j", "PLANCTON-pl-fw-FWD"],
                ["-I", "INPUT", "-i", "pl-fw", "-j", "PLANCTON-pl-fw-IN"],
                ["-D", "DOCKER-USER", "-i", "pl-fw", "-j", "PLANCTON-pl-fw-FWD"],
            ):
                namespace.run("iptables", "-w", "5", *change)
                wait_for(f"{change} to be healed", lambda: namespace.rules() == whole, 60.0)
        finally:
            guard.terminate()
            guard.wait(timeout=60)
    assert guard.returncode == 0
    assert namespace.rules() == whole, "the filter outlives its guard"
    removal = namespace.guard("--remove")
    said = [subprocess.run(removal, capture_output=True, timeout=60, check=True).stdout for _ in range(2)]
    assert said == [b"the filter is removed\n", b"there was no filter\n"]
    assert namespace.rules() == before
    assert not namespace.report.exists()


def test_without_iptables_it_says_so_and_does_not_end(namespace: Namespace) -> None:
    nothing = namespace.config.parent / "nothing"
    nothing.write_text("#!/bin/sh\necho no such table >&2; exit 3\n")
    nothing.chmod(0o755)
    (namespace.config.parent / "bin" / "iptables").unlink()
    (namespace.config.parent / "bin" / "iptables").symlink_to(nothing)
    with subprocess.Popen(namespace.guard(), stderr=subprocess.DEVNULL) as guard:
        try:
            wait_for("the guard's report", namespace.report.exists, 60.0)
            assert json.loads(namespace.report.read_text())["why"] == "iptables: no such table"
            assert guard.poll() is None
        finally:
            guard.terminate()
            guard.wait(timeout=60)
