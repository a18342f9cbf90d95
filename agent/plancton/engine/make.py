"""Which engine the agent works with."""

from __future__ import annotations

from plancton.config.schema import Config
from plancton.engine.base import Engine


def make_engine(config: Config, *, fake: bool) -> Engine:
    """The Docker Engine, or one without containers."""
    if fake:
        from plancton.engine.fake import FakeEngine  # noqa: PLC0415 - only where it is asked for

        return FakeEngine()
    from plancton.engine.docker_engine import DockerEngine  # noqa: PLC0415 - the package is heavy

    return DockerEngine(config.engine.url, config.name, config.engine.deadline_seconds)
