"""The demonstration's jobs in the pool: submitted by a user of their own, and gone when it is over."""

from __future__ import annotations

import uuid
from pathlib import PurePosixPath

from tools.demonstration import log
from tools.demonstration.facility import Pool, Trouble

USER = "demo"
PLACE = PurePosixPath("/pool-data/demo")
TOKEN_SECONDS = 3600
# Whatever a demonstration that was killed has left is gone after this time.
FORGOTTEN_MINUTES = 60
DESCRIPTION = """\
executable = /usr/bin/factor
transfer_executable = False
should_transfer_files = YES
when_to_transfer_output = ON_EXIT
initialdir = {folder}
output = $(Process).out
error = $(Process).err
log = log
request_memory = 32
request_disk = 1MB
periodic_remove = time() - QDate > 3600
queue arguments from (
{arguments}
)
"""


class Cluster:
    """One cluster of jobs, each of which factors a number."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._folder = PLACE / uuid.uuid4().hex[:8]
        self._cluster: str | None = None

    def submit(self, numbers: list[int]) -> None:
        """Raises Trouble where the pool refuses them."""
        self._pool.put(PLACE, {})
        forgotten = ("-mindepth", "1", "-maxdepth", "1", "-mmin", f"+{FORGOTTEN_MINUTES}")
        self._pool.run("find", str(PLACE), *forgotten, "-exec", "rm", "-rf", "{}", "+")
        arguments = "\n".join(map(str, numbers))
        description = DESCRIPTION.format(folder=self._folder, arguments=arguments)
        self._pool.put(self._folder, {"submit": description.encode()})
        # A folder of nothing but tokens: all files in it are taken for some.
        self._pool.put(self._folder / "tokens", {"demo": self._token()})
        told = self._ask("condor_submit", "-terse", str(self._folder / "submit"))
        self._cluster = told.split(".")[0].strip()

    def story(self) -> log.Story:
        """What has become of the jobs so far."""
        return log.read(self._pool.get(self._folder / "log").get("log", ""))

    def outputs(self) -> dict[int, str]:
        """What the jobs have printed, by their number."""
        files = self._pool.get(self._folder)
        return {int(n[:-4]): text for n, text in files.items() if n.endswith(".out") and n[:-4].isdigit()}

    def remove(self) -> None:
        """Leave neither jobs nor files."""
        if self._cluster is not None:
            self._pool.run("condor_rm", self._cluster, environment=self._identity)
        self._pool.run("rm", "-rf", str(self._folder))

    def _token(self) -> bytes:
        domain = self._must("condor_config_val", "TRUST_DOMAIN").strip()
        argv = ["condor_token_create", "-identity", f"{USER}@{domain}", "-lifetime", str(TOKEN_SECONDS)]
        return self._must(*argv, "-authz", "READ", "-authz", "WRITE").encode()

    @property
    def _identity(self) -> dict[str, str]:
        return {
            "_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS": "IDTOKENS",
            "_CONDOR_SEC_TOKEN_DIRECTORY": str(self._folder / "tokens"),
        }

    def _ask(self, *argv: str) -> str:
        return self._must(*argv, environment=self._identity)

    def _must(self, *argv: str, environment: dict[str, str] | None = None) -> str:
        status, told = self._pool.run(*argv, environment=environment)
        if status:
            raise Trouble(f"the pool refuses {argv[0]}: {' '.join(told.split())}")
        return told
