"""An agent that lends this machine to a pool of HTCondor."""

from __future__ import annotations

from typing import Any

from tests.e2e.agent_process import AgentProcess
from tests.e2e.htcondor import Pool


def lend(agent: AgentProcess, pool: Pool, pilot: dict[str, Any], environment: dict[str, str]) -> None:
    """An agent whose pilots join the pool: as the role has it, but for what is said here."""
    agent.configure(
        mode="dedicated",
        pool={"max_pilots": 2, "memory_per_pilot": "512MiB", "cpus_per_pilot": 0.5},
        pilot={
            "image": pool.images.pilot,
            "network": pool.name,
            "tmpfs": {"/tmp": "rw,exec,size=64m", "/work": "rw,exec,size=64m"},  # noqa: S108
            "mounts": [{"source": str(pool.tokens), "target": "/tokens"}],
            "environment": {"PLANCTON_CONDOR_HOST": pool.name, "PLANCTON_HOST": agent.name, **environment},
            **pilot,
        },
    )
