"""The guard of the pilots' own network in a process of its own, and what it leaves in the firewall."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.e2e.agent_process import AgentProcess

REMOVE = Path(__file__).parents[2] / "ansible/roles/pilot_image/files/pilot_image.py"


def run(*command: str) -> str:
    """What it prints; fails the test with what it says."""
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, f"{' '.join(command)}: {ran.stderr.strip()}"
    return ran.stdout


class GuardProcess:
    """Guards the network of one agent, with the agent's own configuration."""

    def __init__(self, agent: AgentProcess) -> None:
        self._agent = agent
        self._process: subprocess.Popen[bytes] | None = None
        self.interface = f"pl-{agent.name}"
        self.forward = f"PLANCTON-{self.interface}-FWD"
        self.input = f"PLANCTON-{self.interface}-IN"

    def start(self) -> GuardProcess:
        command = [sys.executable, "-m", "plancton", "guard-network", "--config.file"]
        with self._agent.log_path.open("ab") as log:
            self._process = subprocess.Popen([*command, str(self._agent.config_path)], stderr=log, stdout=log)
        return self

    def rules(self) -> list[str]:
        """The firewall's lines that name the bridge and are not the engine's."""
        return [line for line in run("iptables", "-w", "5", "-S").splitlines() if "PLANCTON" in line]

    def is_whole(self) -> bool:
        """Whether all that the test takes away is there."""
        rules = self.rules()
        jumps = [f"-A {chain} -i {self.interface} -j {self.forward}" for chain in ("FORWARD", "DOCKER-USER")]
        jumps.append(f"-A INPUT -i {self.interface} -j {self.input}")
        closed = [f"-A {self.forward} -d 10.0.0.0/8 -j DROP", f"-A {self.input} -j DROP"]
        return {*jumps, *closed} <= set(rules)

    def end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            assert self._process.wait(timeout=30) == 0
            self._process = None

    def remove(self) -> None:
        """As the removal role does it: the rules, then what is in the engine."""
        self.end()
        if self._agent.config_path.exists():
            done = self._agent.run("guard-network", "--remove")
            assert done.returncode == 0, done.stderr
        arguments = ["--agent", self._agent.name, "--image", "plancton-test:none"]
        assert json.loads(run(sys.executable, str(REMOVE), "remove", *arguments))
