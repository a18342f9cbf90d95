"""A job for hours, in the pool of a host: its pilot stays, and the queue has it until somebody removes it."""

from __future__ import annotations

from tests.testbed.command import must
from tests.testbed.host import Host

OWNER = "alice"
POOL = ("docker", "exec", "plancton-htcondor-pool")
# As a user does it, with a token of hers that only she may read.
JOB = "'executable = /bin/sleep' 'transfer_executable = false' 'arguments = 36000' queue"
SUBMIT = f"""
set -e
umask 077
mkdir -p /tmp/tokens
condor_token_create -identity {OWNER}@plancton -lifetime 3600 -authz READ -authz WRITE >/tmp/tokens/{OWNER}
export _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS=IDTOKENS _CONDOR_SEC_TOKEN_DIRECTORY=/tmp/tokens
cd /tmp
printf '%s\\n' {JOB} | condor_submit -terse
"""


def submit(host: Host) -> None:
    must(host.run(*POOL, "sh", "-c", SUBMIT))


def remove(host: Host) -> None:
    must(host.run(*POOL, "condor_rm", "-all"))


def owners(host: Host) -> str:
    """Whose jobs are in the queue; an answer that is no such thing while there is no pool.

    A removed one no longer counts, though it may be there while HTCondor looks for the pilot that it ran in.
    """
    return host.run(
        *POOL, "condor_q", "-allusers", "-constraint", "JobStatus != 3", "-af", "Owner"
    ).output.strip()
