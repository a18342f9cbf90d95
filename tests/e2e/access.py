"""Agents behind TLS: the certificates of a small authority, and how they are asked."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path
from typing import Any

from plancton.password import hashed
from tests.certificates import CLIENT, SERVER, Authority, Files
from tests.e2e.agent_process import AgentProcess

NAME, PASSWORD = "prometheus", "correct horse: ü"
AN_AGENT_ALONE = {"mode": "dedicated", "pool": {"max_pilots": 0}}


class Access:
    """`ours` signs for the agent and its Prometheus, `theirs` for strangers; files are below `directory`."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self.directory = directory
        self.ours, self.theirs = Authority(directory, "ours"), Authority(directory, "theirs")
        self.own = self.ours.sign("agent", SERVER)
        self.client = self.ours.sign(NAME, CLIENT)
        self.stranger = self.theirs.sign("stranger", CLIENT)

    def tls(self, agent: AgentProcess, **more: Any) -> None:
        """TLS, and no question who asks."""
        own = {"tls_certificate_file": str(self.own.certificate), "tls_key_file": str(self.own.key)}
        agent.configure(**AN_AGENT_ALONE, web={**own, **more})
        agent.tls = self.context(None)

    def certificate(self, agent: AgentProcess) -> None:
        """TLS, for clients with a certificate of ours."""
        self.tls(agent, tls_client_ca_file=str(self.ours.file))
        agent.tls = self.context(self.client)

    def password(self, agent: AgentProcess) -> None:
        """TLS, for users with a password."""
        self.tls(agent, basic_auth_users={NAME: hashed(PASSWORD)})
        agent.headers = basic(PASSWORD)

    def context(self, shown: Files | None) -> ssl.SSLContext:
        """How a client asks that shows this certificate."""
        context = ssl.create_default_context(cafile=str(self.ours.file))
        if shown is not None:
            context.load_cert_chain(shown.certificate, shown.key)
        return context

    def secret(self, name: str, content: str) -> str:
        """The path of a file with it."""
        path = self.directory / name
        path.write_text(content)
        path.chmod(0o600)
        return str(path)


def basic(password: str) -> dict[str, str]:
    """The headers of a request with it."""
    return {"Authorization": "Basic " + base64.b64encode(f"{NAME}:{password}".encode()).decode()}
