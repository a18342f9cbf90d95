"""The operator's plays on this machine, below a directory of their own, beside a host that is off."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.e2e.roles_play import REPOSITORY, run_playbook

# Donor and monitor of one machine are no facility, but as good for what is put where.
INVENTORY = """
[donors]
here ansible_connection=local place=here
off ansible_host=127.0.0.1 ansible_port=1 place=off
[monitors]
there ansible_connection=local place=there
"""


def play(directory: Path, name: str, inventory: str = INVENTORY, **settings: Any) -> str:
    """All that it printed, in words; a failure is no concern of ours as long as it is that of `off`."""
    done: subprocess.CompletedProcess[str] = run_playbook(
        directory, REPOSITORY / f"ansible/{name}.yml", inventory, settings, "--skip-tags", "status"
    )
    recap = done.stdout.rpartition("PLAY RECAP")[2]
    assert "failed=1" not in recap, done.stdout + done.stderr
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        ("drain", {"drain_deadline": "soon"}, "drain_deadline must be such as 30m, 8h or 1d12h, not 'soon'"),
        (
            "drain",
            {"drain_wait_seconds": "long"},
            "drain_wait_seconds must be a whole number from 0 to 99999",
        ),
        ("rotate", {"rotate_keys": "maybe"}, "rotate_keys must be true or false, not maybe"),
        ("diagnose", {"diagnose_log_lines": "all"}, "argument 'diagnose_log_lines' is of type"),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_host_is_contacted(
    tmp_path: Path, name: str, settings: dict[str, Any], says: str
) -> None:
    refused = run_playbook(tmp_path, REPOSITORY / f"ansible/{name}.yml", INVENTORY, settings)
    output = " ".join(refused.stdout.split())
    assert refused.returncode == 2, output
    assert says in output.rpartition("What went wrong")[2]
    assert "UNREACHABLE" not in output
    assert "changed=0" in output or "changed=" not in output


def test_diagnostics_are_of_those_that_answer_and_for_their_owner_alone(tmp_path: Path) -> None:
    output = play(tmp_path, "diagnose", diagnose_directory=str(tmp_path / "told"))
    (folder,) = (tmp_path / "told").iterdir()
    assert f"Diagnostics in {folder}" in output
    files = {path.name: path for path in folder.iterdir()}
    assert files.keys() == {"here.txt", "there.txt", "summary.txt"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)} == {0o700}
    assert "=== docker info" in files["here.txt"].read_text()
    assert "off: cannot be reached" in files["summary.txt"].read_text()


def test_authority_and_certificates_are_made_anew_in_an_order_in_which_all_trust_each_other(
    tmp_path: Path,
) -> None:
    settings: dict[str, Any] = {
        "agent_tls": True,
        "agent_user": "root",
        "agent_certificate": f"{tmp_path}/{{{{ place }}}}/agent.pem",
        "agent_trust": f"{tmp_path}/{{{{ place }}}}/ca.pem",
        "authority_trust": f"{tmp_path}/{{{{ place }}}}/ca.pem",
        "authority_directory": str(tmp_path / "authority"),
        "prometheus_certificate": f"{tmp_path}/{{{{ place }}}}/prometheus.pem",
        "prometheus_user": "root",
    }
    output = play(tmp_path, "rotate", **settings)
    assert "1 of 2 certificates of agents 1 of 1 certificates of monitors off: not its certificate" in output
    first = trusted(tmp_path / "here")
    assert all(is_good(tmp_path, name) for name in PROOFS)

    # One donor is off: it knows the former authority alone, so the monitor still shows what that has signed.
    output = play(tmp_path, "rotate", **settings, rotate_keys=True)
    assert "the former authority is trusted until a run of this reaches off" in output
    assert all(is_good(tmp_path, name) for name in PROOFS)
    assert len(trusted(tmp_path / "here")) == 2
    assert is_signed_by(tmp_path / "there/prometheus.pem", first)
    assert not is_signed_by(tmp_path / "here/agent.pem", first)

    without = "".join(line for line in INVENTORY.splitlines(keepends=True) if not line.startswith("off"))
    output = play(tmp_path, "rotate", without, **settings, rotate_keys=True)
    assert "the authority is another one" in output
    assert all(is_good(tmp_path, name) for name in PROOFS)
    assert len(trusted(tmp_path / "here")) == 1
    assert not is_signed_by(tmp_path / "there/prometheus.pem", first)
    assert trusted(tmp_path / "here") == trusted(tmp_path / "there") != first


# Who shows what to whom.
PROOFS = ("here/agent.pem", "there/prometheus.pem")


def trusted(place: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((place / "ca.pem").read_bytes())


def is_good(directory: Path, file: str) -> bool:
    """Whether both hosts trust it."""
    return all(is_signed_by(directory / file, trusted(directory / place)) for place in ("here", "there"))


def is_signed_by(file: Path, authorities: list[x509.Certificate]) -> bool:
    shown = x509.load_pem_x509_certificate(file.read_bytes())
    key = x509.oid.ExtensionOID.AUTHORITY_KEY_IDENTIFIER
    wanted = shown.extensions.get_extension_for_oid(key).value
    identifiers = [
        x509.AuthorityKeyIdentifier.from_issuer_public_key(one.public_key())  # type: ignore[arg-type]
        for one in authorities
    ]
    if wanted not in identifiers:
        return False
    shown.verify_directly_issued_by(authorities[identifiers.index(wanted)])  # type: ignore[arg-type]
    return True
