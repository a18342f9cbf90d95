"""The network of the hosts: their own, where they find each other by name, and which outlives docker0."""

from __future__ import annotations

from tests.testbed.command import must, run

NAME = "plancton-testbed"


def ensure() -> str:
    """Made once and left: an empty one costs nothing, and several test runs may share it."""
    if not run(["docker", "network", "inspect", NAME]).ok:
        made = run(["docker", "network", "create", f"--label=plancton.testbed={NAME}", NAME])
        if not made.ok and "already exists" not in made.output:  # somebody else was faster
            must(made)
    return NAME
